/// What shapes the image shards made from a source.
package struct IngestOptions: Sendable {
  /// Name of the split's directory.
  package var split = "train"
  /// Images held out for validation; 0 for none.
  package var validation = 0
  /// Largest shift in pixels; 0 for clean images.
  package var jitter = 0
  /// Copies of the set, each image shifted otherwise in each.
  package var copies = 1
  /// Examples in a shard.
  package var shardSize = 4096
  /// Classes; nil to take the largest label's number plus one.
  package var classes: Int?
  package var seed: UInt64 = 0

  package init() {}

  /// - Throws: `DatasetError.wrongOption`.
  package func check() throws {
    guard validation >= 0 else { throw DatasetError.wrongOption("--validation: expected 0 or more") }
    guard (0...127).contains(jitter) else {
      throw DatasetError.wrongOption("--jitter: expected 0 to 127 pixels, found \(jitter)")
    }
    let most = Jitter.shiftCount(reach: jitter)
    guard (1...most).contains(copies) else {
      throw DatasetError.wrongOption(
        "--copies: expected 1 to \(most), the number of shifts within --jitter \(jitter), found \(copies)")
    }
    guard (1...1 << 24).contains(shardSize) else {
      throw DatasetError.wrongOption("--shard-size: expected 1 to 16777216 examples, found \(shardSize)")
    }
    guard classes.map({ (1...65535).contains($0) }) ?? true else {
      throw DatasetError.wrongOption("--classes: expected 1 to 65535")
    }
    guard split != "", split != "validation", !split.contains("/"), !split.hasPrefix(".") else {
      throw DatasetError.wrongOption("--split: expected a plain name other than validation, found '\(split)'")
    }
  }
}
