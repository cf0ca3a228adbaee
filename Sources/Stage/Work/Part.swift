import Storage

/// A part of a directory's shards, made by one of several processes.
package enum Part: Sendable, Equatable {
  /// The k-th of n nearly equal parts; k counts from 1.
  case share(Int, of: Int)
  /// A range of positions, counted from 0.
  case shards(ClosedRange<Int>)

  /// The positions of this part in a plan.
  ///
  /// - Parameter count: number of all shards.
  /// - Returns: an empty range if the directory has too few shards.
  package func positions(of count: Int) -> Range<Int> {
    switch self {
    case .share(let number, let parts): (number - 1) * count / parts..<number * count / parts
    case .shards(let range): Range(range).clamped(to: 0..<count)
    }
  }

  /// Name for messages: `part 3/16`.
  package var name: String {
    switch self {
    case .share(let number, let parts): "part \(number)/\(parts)"
    case .shards(let range): "shards \(range.lowerBound)-\(range.upperBound)"
    }
  }
}
