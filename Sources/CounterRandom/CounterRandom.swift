/// A counter-based random generator: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2,
/// 3"). A number depends only on the seed, the purpose and three counters, not on earlier draws, so it is the same
/// for any number of threads and after a resume.
package struct CounterRandom: Sendable {
  /// Use of the numbers. Different purposes have independent streams.
  package enum Purpose: UInt32, Sendable {
    // These values enter every random number: changing one has the effect of another seed.
    case validationSplit = 1
    case jitter = 2
    case exampleOrder = 4
    case initialWeights = 5
    case sourceOrder = 6
    case fraction = 7
    case windows = 8
    case clustering = 9
    /// Layer k's dropout uses this value plus k.
    case dropout = 256
  }

  /// Low and high half of the seed.
  package let key: SIMD2<UInt32>
  /// Last counter word. It belongs to the counter and not to the key, so that the streams of one seed never overlap.
  package let stream: UInt32

  /// The stream of a seed and purpose; `offset` selects the layer for `dropout`.
  package init(seed: UInt64, purpose: Purpose, offset: UInt32 = 0) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = purpose.rawValue + offset
  }

  /// The four random words at a counter.
  package func words(_ first: UInt32, _ second: UInt32 = 0, _ third: UInt32 = 0) -> SIMD4<UInt32> {
    Self.philox(SIMD4(first, second, third, stream), key: key)
  }

  /// A uniformly random permutation of `0..<count` (Fisher-Yates).
  package func permutation(_ count: Int, _ second: UInt32 = 0, _ third: UInt32 = 0) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    var index = count - 1
    while index > 0 {
      // One block of four words provides the 64-bit numbers for two exchanges.
      let words = words(UInt32(index / 2), second, third)
      let wide = index % 2 == 0 ? (words[0], words[1]) : (words[2], words[3])
      let random = UInt64(wide.0) << 32 | UInt64(wide.1)
      // The high half of random * (index + 1) is below index + 1: no division, and a bias below 2^-32.
      order.swapAt(index, Int(random.multipliedFullWidth(by: UInt64(index + 1)).high))
      index -= 1
    }
    return order
  }

  /// Ten rounds of Philox4x32 on one counter.
  package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(state[0]) * 0xD251_1F53
      let second = UInt64(state[2]) * 0xCD9E_8D57
      state = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ state[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ state[3] ^ key[1], UInt32(truncatingIfNeeded: first))
      // The published constants (golden ratio and √3 - 1 in 32 bits): any other value would be another generator.
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }
}
