import Datasets
import Networks
import Stage
import Storage

/// What a model says of a set, in memory: a calibration goes through it many times.
struct CalibrationExamples {
  /// Rows that a thread takes at a time: fixed, so that sums do not depend on the threads.
  static let pieceRows = 2048

  let classes: Int
  /// [examples, classes]
  private(set) var logits: [Float] = []
  /// [examples]; empty without labels.
  private(set) var labels: [UInt32] = []
  /// [classes]: sums of the soft targets; zero without them.
  private(set) var targetSums: [Double]

  /// Reads every copy of what a stream takes.
  ///
  /// - Throws: `InputError.notFinite` for logits that overflow; `StorageError.outOfMemory`; as `ExampleStream.load`.
  init(
    _ stream: ExampleStream, _ model: any Predictor, path: String, threads: Int, progress: ProgressMeter
  ) throws {
    classes = model.outputs
    targetSums = [Double](repeating: 0, count: classes)
    let copies = stream.images.copies.count
    let examples = try stream.epochExamples(threads: threads) * copies
    // Twice: an array that grows is copied.
    try SystemMemory.require(examples * classes * MemoryLayout<Float>.stride * 2, for: path)
    for copy in 0..<copies {
      for window in 0..<stream.windowCount(epoch: copy) {
        try Interruption.check()
        let window = try stream.load(epoch: copy, window: window, threads: threads)
        try add(window, model, threads: threads)
        progress.advance(by: window.order.count)
      }
    }
  }

  var count: Int { logits.count / classes }

  private mutating func add(_ window: ExampleStream.Window, _ model: any Predictor, threads: Int) throws {
    let pieces = pieces(of: window.order.count)
    let parts = try Processors.map(below: pieces.count, threads: threads) { index in
      try model.logits(window.features.rows(pieces[index]))
    }
    for part in parts { logits += part }
    labels += window.labels ?? []
    for (place, target) in (window.targets ?? []).enumerated() {
      targetSums[place % classes] += Double(target)
    }
  }

  private func pieces(of rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.pieceRows).map { $0..<min(rows, $0 + Self.pieceRows) }
  }

  /// Adds up what each piece of the rows gives, in the order of the rows.
  ///
  /// - Throws: `StageError.interrupted`.
  func sum(threads: Int, width: Int, _ body: @Sendable (_ rows: Range<Int>, _ sums: inout [Double]) -> Void)
    throws -> [Double]
  {
    let pieces = pieces(of: count)
    let parts = try Processors.map(below: pieces.count, threads: threads) { index in
      var sums = [Double](repeating: 0, count: width)
      body(pieces[index], &sums)
      return sums
    }
    var total = [Double](repeating: 0, count: width)
    for part in parts {
      for place in total.indices { total[place] += part[place] }
    }
    return total
  }
}
