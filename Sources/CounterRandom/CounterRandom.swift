/// Random numbers by counter: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as
/// 1, 2, 3"). A number depends on the seed, the purpose and three counters, and on nothing that was drawn
/// before, so neither threads nor a resume can change it.
package struct CounterRandom: Sendable {
  /// What numbers are for; different purposes never share a number.
  package enum Purpose: UInt32, Sendable {
    // The numbers are part of every result: another number is another seed.
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

  /// The low and the high half of the seed.
  package let key: SIMD2<UInt32>
  /// The last counter word.
  package let stream: UInt32

  /// Numbers of one seed and purpose: another purpose gives numbers that have nothing to do with these.
  package init(seed: UInt64, purpose: Purpose, offset: UInt32 = 0) {
    key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    // In the counter and not in the key: streams of one seed then never meet.
    stream = purpose.rawValue + offset
  }

  /// Four words for a counter.
  package func words(_ first: UInt32, _ second: UInt32 = 0, _ third: UInt32 = 0) -> SIMD4<UInt32> {
    Self.philox(SIMD4(first, second, third, stream), key: key)
  }

  /// An order of `0..<count`, each as likely as any other (Fisher-Yates).
  package func permutation(_ count: Int, _ second: UInt32 = 0, _ third: UInt32 = 0) -> [UInt32] {
    var order = (0..<UInt32(count)).map { $0 }
    var index = count - 1
    while index > 0 {
      // One block gives the two 64-bit numbers of two exchanges.
      let words = words(UInt32(index / 2), second, third)
      let wide = index % 2 == 0 ? (words[0], words[1]) : (words[2], words[3])
      let random = UInt64(wide.0) << 32 | UInt64(wide.1)
      // The high half of random (index + 1) is below index + 1: no division, and a bias below 2^-32.
      order.swapAt(index, Int(random.multipliedFullWidth(by: UInt64(index + 1)).high))
      index -= 1
    }
    return order
  }

  /// Ten rounds of Philox4x32.
  package static func philox(_ counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var state = counter
    var key = key
    for _ in 0..<10 {
      let first = UInt64(state[0]) * 0xD251_1F53
      let second = UInt64(state[2]) * 0xCD9E_8D57
      state = SIMD4(
        UInt32(truncatingIfNeeded: second >> 32) ^ state[1] ^ key[0], UInt32(truncatingIfNeeded: second),
        UInt32(truncatingIfNeeded: first >> 32) ^ state[3] ^ key[1], UInt32(truncatingIfNeeded: first))
      // The golden ratio and √3 - 1 in 32 bits, as published: with other constants it is another generator.
      key &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return state
  }
}
