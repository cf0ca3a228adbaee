import CKernels
import CounterRandom
import Testing

@Suite struct CounterRandomTests {
  /// The known answers that the authors of Philox publish with Random123.
  @Test(arguments: [
    (
      SIMD4<UInt32>(0, 0, 0, 0), SIMD2<UInt32>(0, 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4(repeating: .max), SIMD2(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func `Philox gives the published answers`(
    counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>
  ) {
    #expect(CounterRandom.philox(counter, key: key) == answer)
  }

  @Test func `The vectorised masks of dropout are those of the plain numbers`() {
    let random = CounterRandom(seed: 0x1234_5678_9ABC_DEF0, purpose: .dropout, offset: 2)
    let threshold: UInt32 = 26_214
    var dropout = dk_dropout(
      key: (random.key[0], random.key[1]), stream: random.stream, epoch: 7, threshold: threshold, scale: 1,
      batchwise: false)
    for layerWord: UInt32 in [0, 3, 18] {
      let kept = dk_kept(&dropout, layerWord, 99)
      for unit in 0..<64 {
        let words = random.words(layerWord * 8 + UInt32(unit % 16 / 2), 99, 7)
        let word = words[unit / 16]
        let number = UInt16(truncatingIfNeeded: unit % 2 == 0 ? word : word >> 16)
        #expect((kept >> unit & 1 == 1) == (number >= threshold))
      }
    }
  }

  @Test func `A permutation holds every index once and depends on every counter`() {
    let random = CounterRandom(seed: 5, purpose: .exampleOrder)
    let order = random.permutation(1000, 1, 2)
    #expect(order.sorted() == (0..<1000).map { UInt32($0) })
    #expect(order != random.permutation(1000, 1, 3))
    #expect(order != random.permutation(1000, 2, 2))
    #expect(order != CounterRandom(seed: 6, purpose: .exampleOrder).permutation(1000, 1, 2))
    #expect(order == random.permutation(1000, 1, 2))
  }

  @Test func `Every order of four comes equally often`() {
    let random = CounterRandom(seed: 1, purpose: .jitter)
    var counts: [[UInt32]: Int] = [:]
    for index in 0..<24_000 { counts[random.permutation(4, UInt32(index)), default: 0] += 1 }
    #expect(counts.count == 24)
    // Chi-squared with 23 degrees of freedom is below 49.7 with probability 0.999.
    let statistic = counts.values.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 }
    #expect(statistic < 49.7)
  }

  @Test(arguments: [Float(0.1), 0.4, 0.5])
  func `Dropout keeps the right share`(rate: Float) {
    let random = CounterRandom(seed: 9, purpose: .dropout)
    var dropout = dk_dropout(
      key: (random.key[0], random.key[1]), stream: random.stream, epoch: 1,
      threshold: UInt32(rate * 65536), scale: 1 / (1 - rate), batchwise: false)
    let kept = (0..<1000).reduce(0) { $0 + dk_kept(&dropout, UInt32($1 % 20), UInt32($1)).nonzeroBitCount }
    let share = Double(kept) / 64_000
    let deviation = (Double(rate) * Double(1 - rate) / 64_000).squareRoot()
    #expect(abs(share - Double(1 - rate)) < 5 * deviation)
  }
}
