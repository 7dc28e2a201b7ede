//! [`Bits`]: a set of small numbers, for analyses that join many of them.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    pub(super) fn with_room_for(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Adds a number for which there is room.
    pub(super) fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    /// Adds all of the other; whether any of them is new.
    pub(super) fn join(&mut self, other: &Self) -> bool {
        let mut grew = false;
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            grew |= *word | other != *word;
            *word |= other;
        }
        grew
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joining_says_whether_it_grew() {
        let (mut one, mut other) = (Bits::with_room_for(70), Bits::with_room_for(70));
        other.insert(69);
        assert!(one.join(&other) && !one.join(&other));
        assert!(one.contains(69) && !one.contains(5) && !one.contains(1000));
    }
}
