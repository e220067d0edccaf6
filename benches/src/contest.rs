//! [`Contest`]: the same work done by several, in turns.

#![expect(clippy::disallowed_methods, reason = "benchmarks take time")]

use std::{
    fmt::Write as _,
    hint::black_box,
    time::{Duration, Instant},
};

/// Several ways to do the same work. They take turns of a few milliseconds, so that what else the machine does hits all alike,
/// and their ratios hold where their times don't.
pub struct Contest<'a> {
    title: String,
    contenders: Vec<Contender<'a>>,
}

struct Contender<'a> {
    name: String,
    work: Box<dyn FnMut() + 'a>,
    /// How often in one turn.
    repetitions: u32,
    /// Seconds for each time, of each turn.
    turns: Vec<f64>,
}

impl<'a> Contest<'a> {
    /// Without contenders.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), contenders: Vec::new() }
    }

    /// Adds a contender. The first one is what the others are compared with.
    pub fn add<T>(&mut self, name: impl Into<String>, mut work: impl FnMut() -> T + 'a) {
        let work = Box::new(move || drop(black_box(work())));
        self.contenders.push(Contender { name: name.into(), work, repetitions: 1, turns: Vec::new() });
    }

    /// Lets them run, and prints a table: the turn that one in ten is faster than, the median, and the ratio of the former.
    ///
    /// Titles that lack the text on the command line are skipped; without `--bench`, which cargo gives, each runs once.
    pub fn run(mut self) {
        let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench").peekable();
        if arguments.peek().is_some() && !arguments.any(|text| self.title.contains(&text)) {
            return;
        }
        if !std::env::args().any(|argument| argument == "--bench") {
            return self.contenders.iter_mut().for_each(|contender| (contender.work)());
        }
        self.contenders.iter_mut().for_each(Contender::calibrate);
        let start = Instant::now();
        for turn in 0..TURNS {
            if turn > FEWEST_TURNS && start.elapsed() > LONGEST {
                break;
            }
            self.contenders.iter_mut().for_each(Contender::take_turn);
        }
        let first = self.contenders.first_mut().map_or(1.0, |first| first.quantile(10));
        let mut table = format!("{}\n{:>40} {:>13} {:>13}\n", self.title, "us:", "fast", "median");
        for contender in &mut self.contenders {
            let (fast, median) = (contender.quantile(10), contender.quantile(50));
            let line = format!("{:13.3} {:13.3} {:10.0} /s {:8.3}", fast * 1e6, median * 1e6, 1.0 / fast, fast / first);
            writeln!(table, "{:>40} {line}", contender.name).unwrap();
        }
        println!("{table}");
    }
}

impl Contender<'_> {
    fn calibrate(&mut self) {
        while self.time() < TURN && self.repetitions < 1 << 24 {
            self.repetitions *= 2;
        }
    }

    fn take_turn(&mut self) {
        let time = self.time().as_secs_f64() / f64::from(self.repetitions);
        self.turns.push(time);
    }

    fn time(&mut self) -> Duration {
        let start = Instant::now();
        (0..self.repetitions).for_each(|_| (self.work)());
        start.elapsed()
    }

    /// Of a hundred turns, so many are faster.
    fn quantile(&mut self, percent: usize) -> f64 {
        self.turns.sort_by(f64::total_cmp);
        self.turns[self.turns.len() * percent / 100]
    }
}

/// Shorter than what a scheduler gives at once, so that many turns pass without a pause.
const TURN: Duration = Duration::from_millis(1);
const TURNS: usize = 300;
const FEWEST_TURNS: usize = 10;
const LONGEST: Duration = Duration::from_secs(4);
