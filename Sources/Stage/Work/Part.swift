import Storage

/// A part of a directory's shards, for one of many processes.
package enum Part: Sendable, Equatable {
  /// The k-th of n parts of nearly equal size, counted from 1.
  case share(Int, of: Int)
  /// Shards by their positions, counted from 0.
  case shards(ClosedRange<Int>)

  /// Positions in a plan.
  ///
  /// - Parameter count: of all shards.
  /// - Returns: none where the directory has too few.
  package func positions(of count: Int) -> Range<Int> {
    switch self {
    case .share(let number, let parts): (number - 1) * count / parts..<number * count / parts
    case .shards(let range): Range(range).clamped(to: 0..<count)
    }
  }

  /// For people: `part 3/16`.
  package var name: String {
    switch self {
    case .share(let number, let parts): "part \(number)/\(parts)"
    case .shards(let range): "shards \(range.lowerBound)-\(range.upperBound)"
    }
  }
}
