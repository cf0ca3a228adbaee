import Storage

/// What a stage that writes shards does for some of them; all else is `ShardStage`.
package protocol ShardMaker: Sendable {
  /// Of what the work is counted in: `images`, `rows`.
  var unit: String { get }

  /// Rows of the shard at a position of the plan, for progress and estimates.
  func examples(at position: Int) -> Int

  /// About how many bytes the shard has, read or written and not compressed, whichever is more.
  func bytes(at position: Int) -> Int

  /// What is added up over the shards; nil for nothing.
  var tally: (any ShardTally)? { get }

  /// Positions with the same number are made together, because they share what has to be read.
  func group(of position: Int) -> Int

  /// Makes the shards at `positions`, all of one group, on the calling thread.
  ///
  /// - Parameters:
  ///   - positions: in the plan, ascending.
  ///   - emit: takes each shard when it is made.
  /// - Throws: what reading or computing throws, and what `emit` throws.
  func make(_ positions: [Int], emit: (_ position: Int, _ shard: MadeShard) throws -> Void) throws
}

/// A shard that is to be published.
package enum MadeShard {
  case new(ShardFile.Content)
  /// The bytes of one that exists elsewhere.
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
  /// Images, unless the maker says otherwise.
  package var unit: String { "images" }
  /// Nothing is added up, unless the maker says otherwise.
  package var tally: (any ShardTally)? { nil }
  /// Each shard alone, unless the maker says otherwise.
  package func group(of position: Int) -> Int { position }
}
