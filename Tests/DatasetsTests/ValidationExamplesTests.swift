import Datasets
import Machine
import Stage
import Storage
import TestSupport
import Testing

@Suite struct ValidationExamplesTests {
  private static let labels = (0..<40).map { $0 % 4 }
  private let space: ImageSpace

  init() throws { space = try ImageSpace() }

  @Test func `A picture that judges is not learnt from, however it is distorted`() throws {
    let set = try space.ingest(space.source(labels: Self.labels)) { $0.validation = 12 }[1]
    let held = try set.read(set.shards[0]).origins
    var budget = MemoryBudget(bytes: 1 << 20)
    let examples = try ValidationExamples(set, threads: 2, budget: &budget)
    let free = (0..<40).map { UInt32($0) }.filter { !held.indices.contains($0) }
    func check(_ indices: [UInt32], variant: UInt32, source: Digest = held.source) throws {
      let variants = indices.map { _ in variant }
      try examples.checkApart(
        from: RowOrigins(source: source, indices: indices, variants: variants), path: "learnt")
    }
    try check(free, variant: 0)
    try check(free, variant: 7)
    // The same number in another file is another picture.
    try check(held.indices, variant: 0, source: Digest(of: [1]))
    for variant: UInt32 in [0, 1, 0xFFFF_FFFF] {
      let name = "image \(held.indices[5]) of \(held.source.short)"
      #expect(throws: InputError.shared(first: "learnt", second: set.path, row: name)) {
        try check([free[0], held.indices[5]], variant: variant)
      }
    }
  }

  /// With room for all of them, and for all but one byte.
  @Test(arguments: [80 * ImageSpace.inputs, 80 * ImageSpace.inputs - 1])
  func `Shards are those of the set in their order, in memory or not`(bytes: Int) throws {
    let set = try space.set(labels: Self.labels) { ($0.shardSize, $0.jitter, $0.copies) = (8, 1, 2) }
    var budget = MemoryBudget(bytes: bytes)
    let examples = try ValidationExamples(set, threads: 2, budget: &budget)
    #expect(budget.bytes == (bytes < 80 * ImageSpace.inputs ? bytes : 0))
    #expect(examples.isInMemory == (budget.bytes == 0))
    #expect(examples.shardCount == 10)
    for (position, entry) in set.shards.enumerated() {
      let (found, expected) = (try examples.shard(position), try set.read(entry))
      #expect(found.origins == expected.origins && found.labels == expected.labels)
    }
  }

  @Test func `Without labels nothing can be judged`() throws {
    let set = try space.set(labels: Self.labels, isLabelled: false)
    var budget = MemoryBudget(bytes: 1 << 20)
    #expect(throws: InputError.noLabels(path: set.path)) {
      try ValidationExamples(set, threads: 1, budget: &budget)
    }
  }
}
