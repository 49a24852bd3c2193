//! How the rules of lanes do on labelled messages: `make lanes`.
//!
//! `lanes [--apart] [FOLDER]`: the confusion tables of the shapes, and of the corpus in this folder; of the half that is kept
//! apart only with `--apart`. What was judged wrongly in the tuning half is listed.

#[path = "../tests/lanes/labelled.rs"]
mod labelled;

use std::path::Path;

use labelled::{FRESH, Half, Labelled, corpus, fresh, shapes, subjects, table};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let apart = arguments.iter().any(|argument| argument == "--apart");
    let folder = arguments.iter().find(|argument| !argument.starts_with("--"));
    let mut sets = vec![("Shapes", shapes()), ("Subjects", subjects())];
    sets.extend(FRESH.map(|name| (name, fresh(name))));
    if let Some(folder) = folder {
        sets.push(("SpamAssassin ham", corpus(Path::new(folder))?));
    }
    for half in Half::BOTH {
        if half == Half::Apart && !apart {
            println!("The other half is kept apart: --apart\n");
            continue;
        }
        for (name, set) in &sets {
            let of: Vec<&Labelled> = set.iter().filter(|message| message.half == half).collect();
            if of.is_empty() {
                continue;
            }
            println!("{name}, {half:?} ({})\n\n{}", of.len(), table(&of));
            if half == Half::Tuning || apart {
                listed(&of);
            }
        }
    }
    Ok(())
}

/// What the rules got wrong. Of the corpus only what should have been advertising or should not has a label of its own.
fn listed(messages: &[&Labelled]) {
    use relais::message::lane::Lane::Advertising;
    for message in messages {
        let (label, lane) = (message.label, message.verdict.lane);
        let wrong = if message.name.contains("-ham-") {
            (label == Advertising) != (lane == Advertising)
        } else {
            label != lane
        };
        if wrong {
            println!("  {}: {label:?}, judged {lane:?} {:?}", message.name, message.verdict.reasons);
        }
    }
    println!();
}
