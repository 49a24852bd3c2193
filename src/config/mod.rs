mod server;

pub use server::{LoginTemplate, Server, ServerUrl, Tls};
