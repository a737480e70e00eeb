//! The link alone, for rules that a connection seldom shows.

use crate::link::{Carried, Link};

fn bytes(count: usize) -> Carried {
    Carried::Bytes(vec![7; count])
}

#[test]
fn a_transmission_is_rounded_up() {
    let mut link = Link::new(1, Some(3), 100);
    link.write(&[7; 10]);
    assert_eq!(link.depart(0), Some((bytes(10), 3_333_333_335)));
}

#[test]
fn a_segment_fills_the_send_buffer_until_it_has_left() {
    let mut link = Link::new(1, Some(1_000_000_000), 10);
    link.write(&[7; 10]);
    assert_eq!(link.depart(0), Some((bytes(10), 11)));
    assert_eq!((link.room(0), link.room(9), link.room(10)), (0, 0, 10));
    assert_eq!((link.next_room(0), link.next_room(9), link.next_room(10)), (Some(10), Some(10), None));
}

#[test]
fn the_end_comes_behind_bytes_that_wait_for_the_receiver() {
    let mut link = Link::new(1, None, 10);
    link.write(&[7; 10]);
    assert_eq!(link.depart(0), Some((bytes(10), 1)));
    link.write(&[7; 4]);
    link.finish();
    assert_eq!((link.room(0), link.next_departure(0)), (0, None));
    assert_eq!(link.arrive(), Some(bytes(10)));
    assert_eq!(link.next_departure(1), None);
    assert_eq!(link.read(100).len(), 10);
    assert_eq!(link.depart(1), Some((bytes(4), 2)));
    assert_eq!(link.depart(1), Some((Carried::Fin, 2)));
    assert_eq!(link.depart(1), None);
}

#[test]
fn a_reset_is_the_last_that_leaves_and_leaves_once() {
    let mut link = Link::new(1, None, 10);
    link.write(&[7; 10]);
    assert_eq!(link.reset(0), Some(1));
    assert_eq!((link.reset(0), link.next_departure(0)), (None, None));
    assert!(!link.is_over());
    assert_eq!((link.arrive(), link.arrive()), (Some(Carried::Reset), None));
    assert!(link.is_over());
}

#[test]
fn what_is_abandoned_leaves_nothing() {
    let mut link = Link::new(1, None, 10);
    link.write(&[7; 10]);
    link.abandon();
    assert_eq!((link.next_departure(0), link.reset(0)), (None, None));
    assert!(link.is_over());
}

#[test]
fn a_smaller_receive_buffer_takes_less() {
    let mut link = Link::new(1, None, 10);
    link.set_receive_buffer(3);
    link.write(&[7; 10]);
    assert_eq!(link.depart(0), Some((bytes(3), 1)));
    assert_eq!(link.depart(0), None);
    // Of none nothing would ever arrive.
    link.set_receive_buffer(0);
    assert_eq!(link.arrive(), Some(bytes(3)));
    link.read(3);
    assert_eq!(link.depart(1), Some((bytes(1), 2)));
}
