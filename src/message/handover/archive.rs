//! A zip as it comes into being: what was added can be taken away at once, so that an archive of any size passes in
//! pieces. Sizes stand behind each file (data descriptors) and in the directory at the end: without that end it is no
//! archive, whatever arrived of it.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use jiff::civil::DateTime;
use zip::{
    CompressionMethod, ZipWriter,
    write::{SimpleFileOptions, StreamWriter},
};

/// A file of more octets than this gets room for larger numbers (Zip64), which some programs do not read.
const LARGE: u64 = 3 << 30;

pub struct Archive {
    zip: ZipWriter<StreamWriter<Ready>>,
    ready: Ready,
}

/// What is to be taken away.
#[derive(Clone, Default)]
struct Ready(Arc<Mutex<Vec<u8>>>);

impl Write for Ready {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Default for Archive {
    fn default() -> Archive {
        let ready = Ready::default();
        Archive { zip: ZipWriter::new_stream(ready.clone()), ready }
    }
}

impl Archive {
    /// Ends the file before, if any, and begins the next one. `size` is a guess. The quickest compression: most of what
    /// people send is compressed already.
    ///
    /// # Errors
    /// When the name was used before.
    pub fn begin(&mut self, name: &str, at: Option<DateTime>, size: u64) -> io::Result<()> {
        let at = at.and_then(|at| {
            let time = [at.month(), at.day(), at.hour(), at.minute(), at.second()].map(i8::unsigned_abs);
            let [month, day, hour, minute, second] = time;
            let year = u16::try_from(at.year()).ok()?;
            zip::DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
        });
        // Deflate: some programs refuse stored files whose size stands behind them.
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(1))
            .last_modified_time(at.unwrap_or_default())
            .large_file(size > LARGE);
        self.zip.start_file(name, options).map_err(io::Error::other)
    }

    /// Adds to the file that was begun last.
    ///
    /// # Errors
    /// When none was, or it is larger than was thought.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.zip.write_all(bytes)
    }

    /// Leaves a file out of the directory: what was written of it is no file of the archive.
    ///
    /// # Errors
    /// When there is none of this name.
    pub fn forget(&mut self, name: &str) -> io::Result<()> {
        self.zip.hide_file(name).map_err(io::Error::other)
    }

    /// What is ready so far; empty where nothing is.
    pub fn take(&mut self) -> Bytes {
        std::mem::take(&mut *self.ready.0.lock().unwrap_or_else(PoisonError::into_inner)).into()
    }

    /// The rest, with the directory.
    ///
    /// # Errors
    /// None that is known.
    pub fn end(self) -> io::Result<Bytes> {
        let Archive { zip, ready } = self;
        zip.finish().map_err(io::Error::other)?;
        Ok(std::mem::take(&mut *ready.0.lock().unwrap_or_else(PoisonError::into_inner)).into())
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use zip::ZipArchive;

    use super::*;

    #[test]
    fn what_was_added_is_in_it_and_what_was_forgotten_is_not() {
        let mut archive = Archive::default();
        let mut all = Vec::new();
        let at = DateTime::constant(2026, 11, 23, 8, 30, 12, 0);
        for (name, text) in [("é.txt", "one"), ("half.pdf", "hal"), ("index.csv", "three")] {
            archive.begin(name, Some(at), 5).expect("begun");
            archive.push(text.as_bytes()).expect("pushed");
            if name == "half.pdf" {
                archive.forget(name).expect("forgotten");
            }
            all.extend_from_slice(&archive.take());
        }
        let before_the_end = all.clone();
        all.extend_from_slice(&archive.end().expect("ended"));
        let mut read = ZipArchive::new(Cursor::new(all)).expect("an archive");
        let mut texts = Vec::new();
        for n in 0..read.len() {
            let mut file = read.by_index(n).expect("a file");
            let name = file.name().expect("a name").into_owned();
            let mut text = String::new();
            file.read_to_string(&mut text).expect("read");
            texts.push((name, text));
        }
        assert_eq!(
            texts,
            [("é.txt".to_owned(), "one".to_owned()), ("index.csv".to_owned(), "three".to_owned())]
        );
        assert!(ZipArchive::new(Cursor::new(before_the_end)).is_err());
    }
}
