//! The product as people meet it: the real gateway, a real mail server, a real Chromium.

mod accessible;
mod acts;
mod answers;
mod budget;
mod device;
mod finding;
mod flow;
mod following;
mod frame;
mod heavy;
mod https;
mod keys;
mod lanes;
mod late;
mod letter;
mod missed;
mod narrow;
mod organising;
mod paper;
mod plain;
mod reached;
mod shut;
mod support;
mod writing;
