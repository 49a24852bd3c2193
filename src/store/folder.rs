//! A folder of ours, and the files in it. Root may run a command in a folder that the service owns: so it is held open, no
//! link in it leads elsewhere, and what is made there belongs to whom the folder belongs.

use std::{
    ffi::OsString,
    fs,
    io::{self, Write},
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown},
    },
    path::{Path, PathBuf},
};

/// Held open. Every name is one of ours, of something right in it.
#[derive(Debug)]
pub struct Folder(fs::File);

impl Folder {
    /// The one that the configuration names, by links too: where it stands, nobody but root changes anything.
    ///
    /// # Errors
    /// The file system's, as of all here.
    pub fn open(path: &Path) -> io::Result<Folder> {
        fs::OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY).open(path).map(Folder)
    }

    /// The same, made (0700) where it is not there.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn made(path: &Path) -> io::Result<Folder> {
        match Folder::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
                Folder::open(path)
            }
            opened => opened,
        }
    }

    /// One in it.
    ///
    /// # Errors
    /// As [`Folder::open`]; a link is none.
    pub fn inner(&self, name: &str) -> io::Result<Folder> {
        let flags = libc::O_NOFOLLOW | libc::O_DIRECTORY;
        fs::OpenOptions::new().read(true).custom_flags(flags).open(self.at(name)).map(Folder)
    }

    /// One in it, made (0700) where it is not there.
    ///
    /// # Errors
    /// As [`Folder::inner`].
    pub fn make(&self, name: &str) -> io::Result<Folder> {
        match self.inner(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match fs::DirBuilder::new().mode(0o700).create(self.at(name)) {
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return self.inner(name),
            made => made?,
        }
        let made = self.inner(name)?;
        self.give(&made.0);
        Ok(made)
    }

    /// A file, to be read.
    ///
    /// # Errors
    /// As [`Folder::open`]; a link, a pipe and the like are none.
    pub fn read(&self, name: &str) -> io::Result<fs::File> {
        self.file(name, fs::OpenOptions::new().read(true))
    }

    /// A file to be written at its end, made (0600) where it is not there.
    ///
    /// # Errors
    /// As [`Folder::read`].
    pub fn append(&self, name: &str) -> io::Result<fs::File> {
        let existing = || self.file(name, fs::OpenOptions::new().append(true));
        match existing() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            opened => return opened,
        }
        match self.new_file(name) {
            // Another process was quicker.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => existing(),
            made => made,
        }
    }

    /// Writes a whole file (0600): aside, synced, renamed. A crash leaves the old or the new, never half of one.
    ///
    /// # Errors
    /// As [`Folder::open`]; the file of before stays.
    pub fn put(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let aside = format!("{name}.{}.new", std::process::id());
        self.remove(&aside)?;
        let mut file = self.new_file(&aside)?;
        let written = file.write_all(content).and_then(|()| file.sync_all());
        if let Err(error) = written.and_then(|()| fs::rename(self.at(&aside), self.at(name))) {
            let _ = self.remove(&aside);
            return Err(error);
        }
        self.0.sync_all()
    }

    /// Whether there was one.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn remove(&self, name: &str) -> io::Result<bool> {
        match fs::remove_file(self.at(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    }

    /// Overwrites a file and removes it. Of what has another name elsewhere, and of a link, the name alone goes.
    ///
    /// # Errors
    /// As [`Folder::open`]; the file may be there still.
    pub fn destroy(&self, name: &str) -> io::Result<()> {
        if let Ok(mut file) = self.file(name, fs::OpenOptions::new().write(true)) {
            let found = file.metadata()?;
            if found.nlink() == 1 {
                io::copy(&mut io::Read::take(io::repeat(0), found.len()), &mut file)?;
                file.sync_all()?;
            }
        }
        if self.remove(name)? { self.0.sync_all() } else { Ok(()) }
    }

    /// Removes a folder in it that is empty.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn remove_inner(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.at(name))
    }

    /// Of what is there; links are not followed.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn metadata(&self, name: &str) -> io::Result<fs::Metadata> {
        fs::symlink_metadata(self.at(name))
    }

    /// What is in it, in no order.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn names(&self) -> io::Result<impl Iterator<Item = io::Result<OsString>>> {
        Ok(fs::read_dir(self.at(""))?.map(|entry| entry.map(|entry| entry.file_name())))
    }

    fn file(&self, name: &str, how: &mut fs::OpenOptions) -> io::Result<fs::File> {
        // A pipe in the way holds nobody up.
        let file = how.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(self.at(name))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a file")) }
    }

    /// A name that is taken, by whatever, is not opened.
    fn new_file(&self, name: &str) -> io::Result<fs::File> {
        let made = fs::OpenOptions::new().create_new(true).append(true).mode(0o600).open(self.at(name))?;
        self.give(&made);
        Ok(made)
    }

    /// What a command of root made must be read and written by the service. Whoever is not root changes nothing.
    fn give(&self, made: &fs::File) {
        let (Ok(folder), Ok(now)) = (self.0.metadata(), made.metadata()) else { return };
        if folder.uid() != now.uid() {
            let _ = fchown(made, Some(folder.uid()), Some(folder.gid()));
        }
    }

    /// By the descriptor: whatever becomes of the path by which it was opened (proc_pid_fd(5)).
    fn at(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd())).join(name)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Read,
        os::unix::fs::{PermissionsExt, symlink},
    };

    use super::*;

    #[test]
    fn what_is_put_is_there_whole_for_its_owner_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let folder = Folder::made(&home.path().join("a/data")).expect("made").make("in").expect("made");
        folder.put("x", b"one").expect("put");
        folder.put("x", b"two").expect("put");
        folder.append("y").expect("opened").write_all(b"a").expect("written");
        folder.append("y").expect("opened").write_all(b"b").expect("written");
        let text = |name| {
            let mut text = String::new();
            folder.read(name).expect("there").read_to_string(&mut text).expect("read");
            text
        };
        assert_eq!((text("x"), text("y")), ("two".into(), "ab".into()));
        assert_eq!(folder.names().expect("names").count(), 2, "nothing is left aside");
        let mode =
            |path: &str| fs::metadata(home.path().join(path)).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode("a/data/in"), mode("a/data/in/x"), mode("a/data/in/y")), (0o700, 0o600, 0o600));
        folder.destroy("x").expect("destroyed");
        folder.destroy("x").expect("gone");
        assert!(folder.read("x").is_err() && folder.remove("y").expect("there"));
    }

    #[test]
    fn no_link_leads_elsewhere() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |name: &str| home.path().join(name);
        fs::create_dir(at("elsewhere")).expect("made");
        fs::write(at("elsewhere/victim"), "mine").expect("written");
        fs::create_dir(at("data")).expect("made");
        let data = Folder::open(&at("data")).expect("there");
        symlink(at("elsewhere"), at("data/in")).expect("a link");
        symlink(at("nowhere"), at("data/void")).expect("a link");
        for name in ["in", "void"] {
            assert!(data.inner(name).is_err() && data.make(name).is_err(), "{name}");
        }
        assert!(!at("nowhere").exists());
        // A file is neither read nor written through one; what is put stands in its place.
        symlink(at("elsewhere/victim"), at("data/x")).expect("a link");
        assert!(data.read("x").is_err() && data.append("x").is_err());
        symlink(at("elsewhere/victim"), at(&format!("data/x.{}.new", std::process::id()))).expect("a link");
        data.put("x", b"ours").expect("put");
        assert!(fs::symlink_metadata(at("data/x")).expect("there").is_file());
        // Of a file with a second name the first goes, and nothing of the second.
        fs::hard_link(at("elsewhere/victim"), at("data/y")).expect("a link");
        symlink(at("elsewhere/victim"), at("data/z")).expect("a link");
        for name in ["y", "z"] {
            data.destroy(name).expect("the name goes");
        }
        assert_eq!(fs::read_to_string(at("elsewhere/victim")).expect("read"), "mine");
        assert_eq!(fs::read_dir(at("data")).expect("names").count(), 3, "x and the two links");
        // What was opened stays what it is, whatever takes its name.
        let inner = data.make("own").expect("made");
        fs::rename(at("data/own"), at("data/moved")).expect("renamed");
        symlink(at("elsewhere"), at("data/own")).expect("a link");
        inner.put("new", b"x").expect("put");
        assert!(at("data/moved/new").exists() && !at("elsewhere/new").exists());
    }
}
