//! A seeded source of chance, the same on every machine: xoshiro256++ and binomial numbers drawn from it.
//!
//! Nothing here depends on the platform: integers, the four operations and roots of IEEE 754, and logarithms from
//! `libm`, which computes them with nothing else.

use libm::{exp, log, log1p};

/// xoshiro256++ 1.0 of D. Blackman and S. Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47
/// (2021), started by splitmix64 as they recommend.
#[derive(Debug, Clone)]
pub struct Random([u64; 4]);

impl Random {
    /// The sequence of a seed.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        let mut state = seed;
        let mut split = || {
            state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^ (z >> 31)
        };
        Self([split(), split(), split(), split()])
    }

    /// 64 random bits. 1 ns.
    pub fn bits(&mut self) -> u64 {
        let s = &mut self.0;
        let drawn = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        drawn
    }

    /// A number from [0, 1), in steps of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A whole number below `end`, each as likely as the others to 2⁻⁶⁴ · `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(end)) >> 64) as u64
    }
}

/// Layers of the ziggurat, its last abscissa, and the area of a layer.
const LAYERS: usize = 256;
const LAST: f64 = 3.654_152_885_361_009;
const AREA: f64 = 0.004_928_673_233_974_655;

/// Normal numbers: the ziggurat of G. Marsaglia and W. Tsang, "The Ziggurat Method for Generating Random Variables",
/// Journal of Statistical Software 5 (2000), with 53 random bits for the abscissa and others for the layer.
#[derive(Debug, Clone)]
pub struct Normal {
    /// Widths of the layers, from the base up to 0.
    wide: [f64; LAYERS + 1],
    /// exp(−x²/2) at these.
    high: [f64; LAYERS + 1],
}

impl Normal {
    /// Computes the layers. 10 µs.
    #[must_use]
    pub fn new() -> Self {
        let bell = |x: f64| exp(-0.5 * x * x);
        let mut wide = [0.0; LAYERS + 1];
        (wide[0], wide[1]) = (AREA / bell(LAST), LAST);
        for layer in 2..LAYERS {
            let below = wide[layer - 1];
            wide[layer] = (-2.0 * log(AREA / below + bell(below))).sqrt();
        }
        Self { high: wide.map(bell), wide }
    }

    /// A number of mean 0 and variance 1. 4 ns.
    #[inline]
    pub fn draw(&self, random: &mut Random) -> f64 {
        loop {
            let bits = random.bits();
            let layer = (bits & 0xFF) as usize;
            let side = ((bits >> 11) as f64) * (2.0 / (1u64 << 53) as f64) - 1.0;
            let x = side * self.wide[layer];
            if x.abs() < self.wide[layer + 1] {
                return x;
            }
            if layer == 0 {
                return Self::tail(random).copysign(side);
            }
            let (low, top) = (self.high[layer], self.high[layer + 1]);
            if low + (top - low) * random.unit() < exp(-0.5 * x * x) {
                return x;
            }
        }
    }

    /// A number beyond the last abscissa (G. Marsaglia, "Generating a Variable from the Tail of the Normal
    /// Distribution", Technometrics 6 (1964)).
    fn tail(random: &mut Random) -> f64 {
        loop {
            let x = -log(1.0 - random.unit()) / LAST;
            let y = -log(1.0 - random.unit());
            if 2.0 * y > x * x {
                return LAST + x;
            }
        }
    }
}

impl Default for Normal {
    fn default() -> Self {
        Self::new()
    }
}

/// Variance from which [`Binomial::near`] rounds a normal number.
const WIDE: f64 = 500.0;

/// Trials that succeed with one probability, however many of them.
#[derive(Debug, Clone, Copy)]
pub struct Binomial {
    /// Probability of the rarer outcome, at most ½, and whether that is the failure.
    p: f64,
    turned: bool,
    odds: f64,
    /// ln(1 − p).
    ln_not: f64,
}

impl Binomial {
    /// Trials that succeed with probability `p`, clamped to 0…1.
    #[must_use]
    pub fn new(p: f64) -> Self {
        let turned = p > 0.5;
        let p = if turned { 1.0 - p } else { p }.max(0.0);
        Self { p, turned, odds: p / (1.0 - p), ln_not: log1p(-p) }
    }

    /// How many of `n` trials succeed. 20 to 60 ns, whatever `n` is.
    pub fn draw(&self, n: u64, random: &mut Random) -> u64 {
        let mean = n as f64 * self.p;
        let drawn = if mean < 10.0 { self.inverted(n, random) } else { self.rejected(n as f64, random) };
        if self.turned { n - drawn } else { drawn }
    }

    /// The same where the variance n·p(1 − p) is below 500; above, the rounded normal number with the first two
    /// terms of the expansion of E. Cornish and R. Fisher, "Moments and Cumulants in the Specification of
    /// Distributions", Revue de l'Institut International de Statistique 5 (1937), and Sheppard's correction for the
    /// rounding. Its distribution function is within 2 · 10⁻⁵ of the binomial one everywhere. 10 ns.
    #[inline]
    pub fn near(&self, n: u64, random: &mut Random, normal: &Normal) -> u64 {
        let variance = n as f64 * self.p * (1.0 - self.p);
        if variance < WIDE {
            return self.draw(n, random);
        }
        let drawn = self.rounded(n as f64, variance, normal.draw(random)) as u64;
        if self.turned { n - drawn } else { drawn }
    }

    /// The binomial number that stands where `z` stands in the normal distribution.
    fn rounded(&self, n: f64, variance: f64, z: f64) -> f64 {
        let skew = (1.0 - 2.0 * self.p) / 6.0;
        let peak = (1.0 - 6.0 * self.p * (1.0 - self.p)) / 24.0;
        let square = z * z;
        let bend = z * (peak * (square - 3.0) - skew * skew * (2.0 * square - 5.0));
        let spread = (variance - 1.0 / 12.0).sqrt();
        (n * self.p + spread * z + skew * (square - 1.0) + bend / spread + 0.5).floor().clamp(0.0, n)
    }

    /// Inversion, for n·p below 10: BINV of V. Kachitvichyanukul and B. Schmeiser, "Binomial Random Variate
    /// Generation", CACM 31 (1988).
    fn inverted(&self, n: u64, random: &mut Random) -> u64 {
        if n == 0 || self.p == 0.0 {
            return 0;
        }
        let none = exp(n as f64 * self.ln_not);
        loop {
            let (mut left, mut chance, mut k) = (random.unit(), none, 0u32);
            // Beyond 200 the chance is below 10⁻¹⁵⁰: only rounding leads there, and then it is drawn again.
            while left > chance && u64::from(k) < n && k <= 200 {
                left -= chance;
                chance *= self.odds * (n - u64::from(k)) as f64 / f64::from(k + 1);
                k += 1;
            }
            if k <= 200 {
                return u64::from(k);
            }
        }
    }

    /// Transformed rejection with a squeeze, for n·p from 10: BTRS of W. Hörmann, "The Generation of Binomial Random
    /// Variates", Journal of Statistical Computation and Simulation 46 (1993).
    fn rejected(&self, n: f64, random: &mut Random) -> u64 {
        let spread = (n * self.p * (1.0 - self.p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * self.p;
        let centre = n * self.p + 0.5;
        let squeeze = 0.92 - 4.2 / b;
        loop {
            let side = random.unit() - 0.5;
            let height = random.unit();
            let edge = 0.5 - side.abs();
            let k = ((2.0 * a / edge + b) * side + centre).floor();
            if edge >= 0.07 && height <= squeeze {
                return k as u64;
            }
            if k < 0.0 || k > n {
                continue;
            }
            let height = height * (2.83 + 5.1 / b) * spread / (a / (edge * edge) + b);
            if log(height) <= log_ratio(n, self.p, self.odds, k) {
                return k as u64;
            }
        }
    }
}

/// Logarithm of the chance of `k` against that of the most likely number.
fn log_ratio(n: f64, p: f64, odds: f64, k: f64) -> f64 {
    let mode = ((n + 1.0) * p).floor();
    (mode + 0.5) * log((mode + 1.0) / (odds * (n - mode + 1.0)))
        + (n + 1.0) * log((n - mode + 1.0) / (n - k + 1.0))
        + (k + 0.5) * log(odds * (n - k + 1.0) / (k + 1.0))
        + stirling(mode)
        + stirling(n - mode)
        - stirling(k)
        - stirling(n - k)
}

/// ln k! less Stirling's (k + ½)·ln(k + 1) − (k + 1) + ½·ln 2π, to 10⁻⁹ from 10 on; below from the table.
fn stirling(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.081_061_466_795_327_26,
        0.041_340_695_955_409_29,
        0.027_677_925_684_998_34,
        0.020_790_672_103_765_09,
        0.016_644_691_189_821_19,
        0.013_876_128_823_070_75,
        0.011_896_709_945_891_77,
        0.010_411_265_261_972_09,
        0.009_255_462_182_712_733,
        0.008_330_563_433_362_87,
    ];
    if k < 10.0 {
        return SMALL[k as usize];
    }
    let next = k + 1.0;
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / (next * next)) / (next * next)) / next
}

#[cfg(test)]
mod tests {
    use super::{Binomial, Normal, Random, WIDE};

    #[test]
    fn the_sequence_of_a_seed_never_changes() {
        let mut random = Random::seeded(42);
        let drawn: Vec<u64> = (0..3).map(|_| random.bits()).collect();
        assert_eq!(drawn, [15_021_278_609_987_233_951, 5_881_210_131_331_364_753, 18_149_643_915_985_481_100]);
        let drawn: Vec<u64> =
            [(10, 0.3), (1_000, 0.3), (1_000_000, 0.97)].map(|(n, p)| Binomial::new(p).draw(n, &mut random)).into();
        assert_eq!(drawn, [4, 314, 970_226]);
    }

    /// Pearson's chi-square of 200,000 drawn numbers against the exact chances, in its standard deviations.
    fn off(n: u64, p: f64) -> f64 {
        let draws = 200_000;
        let mut random = Random::seeded(7);
        let mut found = vec![0u32; n as usize + 1];
        for _ in 0..draws {
            found[Binomial::new(p).draw(n, &mut random) as usize] += 1;
        }
        let factorial = |k: f64| libm::lgamma(k + 1.0);
        let (mut square, mut cells, n) = (0.0, 0.0, n as f64);
        for (k, found) in found.iter().enumerate() {
            let k = k as f64;
            let ways = factorial(n) - factorial(k) - factorial(n - k);
            let expected = (ways + k * p.ln() + (n - k) * (1.0 - p).ln()).exp() * f64::from(draws);
            if expected >= 5.0 {
                square += (f64::from(*found) - expected).powi(2) / expected;
                cells += 1.0;
            }
        }
        (square - cells) / f64::sqrt(2.0 * cells)
    }

    #[test]
    fn binomial_numbers_come_with_their_exact_chances() {
        for (n, p) in [(3, 0.4), (19, 0.5), (40, 0.3), (90, 0.11), (200, 0.5), (700, 0.9), (400, 0.02), (900, 0.4)] {
            let off = off(n, p);
            assert!(off.abs() < 4.0, "{n} × {p}: {off} standard deviations");
        }
    }

    #[test]
    fn large_binomial_numbers_have_the_right_mean_and_spread() {
        let (n, p, draws) = (1_000_000u64, 0.03, 20_000);
        let mut random = Random::seeded(1);
        let drawn: Vec<f64> = (0..draws).map(|_| Binomial::new(p).draw(n, &mut random) as f64).collect();
        let mean = drawn.iter().sum::<f64>() / f64::from(draws);
        let variance = drawn.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(draws - 1);
        let expected = n as f64 * p * (1.0 - p);
        assert!((mean - n as f64 * p).abs() < 4.0 * (expected / f64::from(draws)).sqrt(), "{mean}");
        assert!((variance / expected - 1.0).abs() < 0.05, "{variance} of {expected}");
    }

    #[test]
    fn a_rounded_normal_number_has_the_distribution_of_the_binomial_one() {
        let factorial = |k: f64| libm::lgamma(k + 1.0);
        for p in [0.5, 0.3, 0.1, 0.02, 0.001] {
            let n = (1.01 * WIDE / (p * (1.0 - p))).ceil();
            let variance = n * p * (1.0 - p);
            let binomial = Binomial::new(p);
            let (mut below, mut far) = (0.0, 0f64);
            for k in 0..=(n * p + 8.0 * variance.sqrt()).min(n) as u64 {
                let k = k as f64;
                let ways = factorial(n) - factorial(k) - factorial(n - k);
                below += (ways + k * p.ln() + (n - k) * (1.0 - p).ln()).exp();
                // The z up to which the number is at most k.
                let (mut low, mut high) = (-10.0, 10.0);
                for _ in 0..60 {
                    let middle = f64::midpoint(low, high);
                    if binomial.rounded(n, variance, middle) <= k { low = middle } else { high = middle }
                }
                far = far.max((0.5 * libm::erfc(-low / 2f64.sqrt()) - below).abs());
            }
            assert!(far < 2e-5, "{p}: {far}");
        }
    }

    #[test]
    fn normal_numbers_have_the_normal_distribution() {
        let (normal, mut random, draws) = (Normal::new(), Random::seeded(9), 1_000_000);
        let mut drawn: Vec<f64> = (0..draws).map(|_| normal.draw(&mut random)).collect();
        drawn.sort_by(f64::total_cmp);
        let far =
            |(at, x): (usize, &f64)| (0.5 * libm::erfc(-x / 2f64.sqrt()) - (at as f64 + 0.5) / f64::from(draws)).abs();
        let far = drawn.iter().enumerate().map(far).fold(0.0, f64::max);
        // Kolmogorov's statistic: 1.95/√n is exceeded once in a thousand times.
        assert!(far < 1.95 / f64::from(draws).sqrt(), "{far}");
        let beyond = drawn.iter().filter(|x| x.abs() > 3.7).count() as f64;
        let expected = libm::erfc(3.7 / 2f64.sqrt()) * f64::from(draws);
        assert!((beyond - expected).abs() < 4.0 * expected.sqrt(), "{beyond} {expected}");
    }
}
