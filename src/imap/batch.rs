//! What a server answered to commands that were sent in one write.

use super::{
    Error, Kind, Stage,
    frame::Frame,
    response,
    tap::{Completion, Status},
};

/// The answers to one batch of commands.
#[derive(Debug)]
pub struct Batch {
    pub(super) stage: Stage,
    /// Untagged responses, in their order.
    pub untagged: Vec<Frame>,
    /// One for each command, in the order of the commands.
    pub(super) completions: Vec<Completion>,
    /// What the server wants people to see.
    pub alerts: Vec<String>,
}

impl Batch {
    /// The text of the `n`th command's OK, or its refusal.
    pub fn ok(&self, n: usize) -> Result<&[u8], Error> {
        match self.completions.get(n) {
            Some(completion) if completion.status == Status::Ok => Ok(&completion.text),
            Some(completion) => Err(Error::new(self.stage, response::refusal(completion))),
            None => Err(Error::new(self.stage, Kind::Protocol("no answer"))),
        }
    }

    /// The sequence numbers of EXPUNGE, in their order.
    pub fn expunged(&self) -> Vec<u32> {
        self.untagged.iter().filter_map(response::expunged).collect()
    }

    /// Every command went well.
    pub fn all_ok(&self) -> Result<(), Error> {
        (0..self.completions.len()).try_for_each(|n| self.ok(n).map(drop))
    }
}

impl std::fmt::Debug for Completion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.status)
    }
}
