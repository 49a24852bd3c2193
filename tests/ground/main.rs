//! The ground floors against real files, sockets and processes; and the house as a whole.

mod binary;
mod config;
mod documents;
mod house;
mod https;
mod postgres;
mod session;
mod status;
mod store;
mod web;
