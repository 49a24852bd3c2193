use proptest::prelude::*;

use super::*;

fn answer(code: u16) -> Answer {
    Answer { code, enhanced: None, text: String::new() }
}

fn put_off() -> Fact {
    Fact::PutOff { stage: "recipient".into(), cause: Cause::Answer(answer(450)) }
}

fn refused() -> Fact {
    Fact::Refused { stage: "recipient".into(), answer: answer(550) }
}

#[track_caller]
fn is(state: State, facts: &[Fact]) {
    assert_eq!(derive(facts), state, "{facts:?}");
}

#[test]
fn the_ordinary_way() {
    is(State::Waiting, &[]);
    is(State::Waiting, &[put_off(), put_off()]);
    is(State::Sending, &[put_off(), Fact::InData]);
    is(State::Accepted, &[Fact::InData, Fact::Accepted(answer(250))]);
    is(State::Waiting, &[Fact::InData, put_off()]);
    is(State::Refused, &[refused()]);
    is(State::Refused, &[Fact::InData, refused()]);
    is(State::Cancelled, &[put_off(), Fact::Cancelled]);
    is(State::Sending, &[Fact::InData, Fact::Cancelled]);
}

#[test]
fn what_a_lost_reply_leads_to() {
    let lost = [Fact::InData, Fact::Abandoned];
    is(State::Uncertain, &lost);
    is(State::Waiting, &[&lost[..], &[Fact::Resent]].concat());
    let twice = [&lost[..], &[Fact::Resent, Fact::InData, Fact::Unknown(Cause::Deadline)]].concat();
    is(State::Uncertain, &twice);
    assert!(!Standing::of(&lost).needs_user() && Standing::of(&twice).needs_user());
    is(State::Waiting, &[&twice[..], &[Fact::Retried]].concat());
    // The frozen courier wakes and had its 250 after all.
    is(State::Accepted, &[&lost[..], &[Fact::Accepted(answer(250))]].concat());
    is(State::Accepted, &[&lost[..], &[Fact::Resent, Fact::InData, Fact::Accepted(answer(250))]].concat());
    // A report is proof that it was taken.
    is(State::Delivered, &[&lost[..], &[Fact::Delivered]].concat());
    let let_go = [&twice[..], &[Fact::Dismissed]].concat();
    assert!(Standing::of(&let_go).is_settled() && !Standing::of(&let_go).needs_user());
}

#[test]
fn reports_go_forwards_and_a_failure_beats_them() {
    let sent = [Fact::InData, Fact::Accepted(answer(250))];
    let after = |facts: &[Fact]| derive(sent.iter().chain(facts));
    assert_eq!(after(&[Fact::Delayed]), State::Delayed);
    assert_eq!(after(&[Fact::Delayed, Fact::Relayed]), State::Relayed);
    assert_eq!(after(&[Fact::Relayed, Fact::Failed(answer(550))]), State::Refused);
    assert_eq!(after(&[Fact::Delivered, Fact::Relayed]), State::Delivered);
    assert_eq!(after(&[Fact::Answered, Fact::Failed(answer(550))]), State::Answered);
    assert_eq!(after(&[Fact::Displayed, Fact::Delivered]), State::Displayed);
}

#[test]
fn news_from_further_on_moves_only_what_may_have_left() {
    let news = [
        Fact::Relayed,
        Fact::Delivered,
        Fact::Delayed,
        Fact::Displayed,
        Fact::Processed,
        Fact::Deleted,
        Fact::Answered,
        Fact::Failed(answer(550)),
        Fact::NotProcessed(answer(550)),
    ];
    for fact in news {
        for (state, before) in [
            (State::Waiting, put_off()),
            (State::SignIn, Fact::SignInGone),
            (State::Held, Fact::Held),
            (State::GivenUp, Fact::GivenUp(Cause::Unreachable)),
            (State::Refused, refused()),
        ] {
            is(state, &[before, fact.clone()]);
        }
        assert!(Standing::of(&[Fact::InData, fact.clone()]).is_settled(), "{fact:?}");
        assert!(Standing::of(&[Fact::InData, Fact::Abandoned, fact.clone()]).is_settled(), "{fact:?}");
    }
}

#[test]
fn what_may_have_left_is_not_said_to_be_here() {
    let may = |facts: &[Fact]| Standing::of(facts).may_have_left;
    assert!(!may(&[put_off(), Fact::Cancelled]) && !may(&[Fact::InData, put_off(), Fact::Cancelled]));
    assert!(may(&[Fact::InData, Fact::Abandoned, Fact::Resent, Fact::Cancelled]));
    assert!(may(&[Fact::InData, Fact::Unknown(Cause::Closed), Fact::GivenUp(Cause::Unreachable)]));
    assert!(may(&[Fact::Held, Fact::Cancelled]));
}

#[test]
fn signing_in() {
    let refused = Fact::SignInRefused(answer(535));
    is(State::SignIn, std::slice::from_ref(&refused));
    is(State::Waiting, &[refused.clone(), Fact::SignedIn]);
    is(State::Cancelled, &[refused.clone(), Fact::Cancelled]);
    is(State::Accepted, &[Fact::InData, Fact::Accepted(answer(250)), refused, Fact::SignInGone]);
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        Just(Fact::InData),
        Just(Fact::Accepted(answer(250))),
        Just(refused()),
        Just(put_off()),
        Just(Fact::Unknown(Cause::Closed)),
        Just(Fact::Abandoned),
        Just(Fact::Resent),
        Just(Fact::SignInRefused(answer(535))),
        Just(Fact::SignInGone),
        Just(Fact::SignedIn),
        Just(Fact::Retried),
        Just(Fact::Cancelled),
        Just(Fact::Dismissed),
        Just(Fact::GivenUp(Cause::Unreachable)),
        Just(Fact::Relayed),
        Just(Fact::Delivered),
        Just(Fact::Delayed),
        Just(Fact::Failed(answer(550))),
        Just(Fact::Displayed),
        Just(Fact::Answered),
    ]
}

/// What the courier may send.
fn is_sendable(state: State) -> bool {
    state == State::Waiting
}

proptest! {
    #[test]
    fn a_250_is_never_sent_again_by_itself(
        before in prop::collection::vec(fact(), 0..12),
        after in prop::collection::vec(fact(), 0..12),
    ) {
        let mut facts = before;
        facts.push(Fact::Accepted(answer(250)));
        let by_itself = |fact: &Fact| !matches!(fact, Fact::Retried);
        facts.extend(after.into_iter().filter(by_itself));
        prop_assert!(!is_sendable(derive(&facts)), "{:?}", facts);
    }

    #[test]
    fn an_unanswered_data_is_resent_once_at_most_without_the_author(
        facts in prop::collection::vec(fact(), 0..20),
    ) {
        // As the courier writes it: Resent only where none was since the author's last word.
        let mut written: Vec<Fact> = Vec::new();
        let mut resent = 0;
        for fact in facts {
            match fact {
                Fact::Resent if Standing::of(&written).resent => continue,
                Fact::Resent => resent += 1,
                Fact::Retried => resent = 0,
                _ => {}
            }
            written.push(fact);
        }
        prop_assert!(resent <= 1);
    }

    #[test]
    fn saying_it_again_changes_nothing(facts in prop::collection::vec(fact(), 1..12)) {
        let mut twice = facts.clone();
        twice.push(facts[facts.len() - 1].clone());
        prop_assert_eq!(derive(&facts), derive(&twice), "{:?}", facts);
    }

    #[test]
    fn what_is_settled_needs_no_courier(facts in prop::collection::vec(fact(), 0..20)) {
        let standing = Standing::of(&facts);
        if standing.state.is_settled() {
            prop_assert!(!is_sendable(standing.state));
        }
        // Only these lead out of a settled state back to the courier.
        let mut before = State::Waiting;
        for n in 0..=facts.len() {
            let state = derive(&facts[..n]);
            if before.is_settled() && !state.is_settled() {
                prop_assert!(matches!(facts[n - 1], Fact::Retried));
            }
            before = state;
        }
    }
}
