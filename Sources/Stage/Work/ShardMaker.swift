import Storage

/// The part of a shard-writing stage that computes shards; `ShardStage` does the rest.
package protocol ShardMaker: Sendable {
  /// Unit of the progress: `images`, `rows`.
  var unit: String { get }

  /// Number of rows of the shard at a position of the plan, for progress and estimates.
  func examples(at position: Int) -> Int

  /// Approximate uncompressed bytes read or written for the shard, whichever is more.
  func bytes(at position: Int) -> Int

  /// Statistics over all shards; nil for none.
  var tally: (any ShardTally)? { get }

  /// Group number: positions of a group are made together, because they need the same input data.
  func group(of position: Int) -> Int

  /// Makes the shards at `positions`, all of one group, on the calling thread.
  ///
  /// - Parameters:
  ///   - positions: ascending positions in the plan.
  ///   - emit: called with each finished shard.
  /// - Throws: errors of reading, computing and `emit`.
  func make(_ positions: [Int], emit: (_ position: Int, _ shard: MadeShard) throws -> Void) throws
}

/// A shard that is ready to be published.
package enum MadeShard {
  case new(ShardFile.Content)
  /// The compressed bytes of an existing shard.
  case copied([UInt8], ShardSummary)

  var summary: ShardSummary {
    switch self {
    case .new(let content): content.summary
    case .copied(_, let summary): summary
    }
  }

  /// - Throws: as `ShardFile.Content.frame`.
  func frame(identity: Digest, path: String) throws -> [UInt8] {
    switch self {
    case .new(let content): try content.frame(identity: identity, path: path)
    case .copied(let bytes, _): bytes
    }
  }
}

extension ShardMaker {
  /// Default: `images`.
  package var unit: String { "images" }
  /// Default: no tally.
  package var tally: (any ShardTally)? { nil }
  /// Default: each shard is its own group.
  package func group(of position: Int) -> Int { position }
}
