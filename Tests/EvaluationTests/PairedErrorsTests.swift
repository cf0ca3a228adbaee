import Evaluation
import Testing

struct PairedErrorsTests {
  @Test func `p is that of the exact test`() {
    // scipy.stats.binomtest(min(a, b), a + b, 0.5).pvalue, SciPy 1.17.
    for (first, other, expected) in [
      (0, 0, 1.0), (1, 0, 1), (7, 7, 1), (3, 9, 0.14599609375), (9, 43, 2.0377698612961126e-06),
      (16, 5, 0.02660369873046875), (100, 150, 0.0018833009350761602), (2000, 2300, 5.079935568924055e-06),
      (0, 2000, 0),
    ] {
      let paired = PairedErrors(firstAlone: first, otherAlone: other)
      #expect(abs(paired.pValue - expected) <= 1e-9 * expected, "\(first) \(other): \(paired.pValue)")
    }
  }

  @Test func `Errors of both do not count`() {
    let paired = PairedErrors(first: [1, 4, 6, 9], other: [0, 4, 9])
    #expect(paired == PairedErrors(firstAlone: 2, otherAlone: 1))
  }
}
