mod account_id;

pub use account_id::AccountId;
