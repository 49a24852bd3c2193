//! Lanes: the rules against messages that somebody labelled. `make lanes` prints the whole evaluation.

#[allow(dead_code)]
mod labelled;

use labelled::{Demotion, FRESH, Half, Labelled, fresh, shapes, subjects};
use relais::message::lane::Lane;

/// Only on the half that rules are tuned on: the other half's figures are told in docs/lanes.md, not aimed at.
#[test]
fn what_is_put_behind_belongs_there() {
    let shapes = shapes();
    let tuning: Vec<&Labelled> = shapes.iter().filter(|shape| shape.half == Half::Tuning).collect();
    let demotion = Demotion::of(tuning.iter().copied());
    let wrong = tuning.iter().filter(|s| s.label != Lane::Advertising && s.verdict.lane == Lane::Advertising);
    let wrong: Vec<_> = wrong.map(|shape| (&shape.name, &shape.verdict.reasons)).collect();
    assert!(demotion.precision() >= 99.0, "{demotion:?} {wrong:#?}");
    assert!(demotion.recall() >= 60.0, "{demotion:?}");
}

/// What was judged once has shown its faults since: they do not come back. The figures of the last two, whose faults nothing was
/// made of, are told in docs/lanes.md.
#[test]
fn what_was_judged_once_stays_where_it_belongs() {
    let [spent @ .., _, _] = &FRESH;
    let spent: Vec<_> = spent.iter().flat_map(|name| fresh(name)).collect();
    let demotion = Demotion::of(&spent);
    assert!(demotion.precision() >= 99.0 && demotion.recall() >= 60.0, "{demotion:?}");
}

/// Where nothing but the sender and the subject tells them apart.
#[test]
fn what_is_hard_on_purpose_is_seldom_put_behind() {
    let demotion = Demotion::of(&subjects());
    assert!(demotion.precision() >= 98.0 && demotion.recall() >= 60.0, "{demotion:?}");
}

#[test]
fn there_are_enough_shapes_in_both_halves() {
    let shapes = shapes();
    assert!(shapes.len() >= 200, "{}", shapes.len());
    for half in Half::BOTH {
        let of: Vec<_> = shapes.iter().filter(|shape| shape.half == half).collect();
        assert!(of.len() >= 80, "{half:?} {}", of.len());
        for lane in Lane::ALL {
            assert!(of.iter().any(|shape| shape.label == lane), "{half:?} has no {lane:?}");
        }
    }
    // The figures of these are told in docs/lanes.md, too.
    let fresh: Vec<_> = FRESH.into_iter().flat_map(fresh).collect();
    assert!(fresh.len() >= 220, "{}", fresh.len());
    for lane in Lane::ALL {
        assert!(fresh.iter().any(|shape| shape.label == lane), "{lane:?}");
    }
}

#[test]
fn every_message_says_why_it_is_there() {
    assert!(shapes().iter().all(|shape| !shape.verdict.reasons.is_empty()));
}

/// Clinical documents come first and notices are found, in what the rules are tuned on.
#[test]
fn documents_and_notices_are_found() {
    for shape in shapes().iter().filter(|shape| shape.half == Half::Tuning) {
        if matches!(shape.label, Lane::Clinical | Lane::Notice) || shape.verdict.lane == Lane::Clinical {
            assert_eq!(shape.verdict.lane, shape.label, "{} {:?}", shape.name, shape.verdict.reasons);
        }
    }
}
