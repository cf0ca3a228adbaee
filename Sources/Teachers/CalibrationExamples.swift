import Datasets
import Machine
import Networks
import Stage
import Storage

/// A model's logits for a set, in memory, because a calibration passes over them many times.
struct CalibrationExamples {
  /// Rows of one piece of work: fixed, so that floating-point sums do not depend on the number of threads.
  static let pieceRows = 2048

  let classes: Int
  /// [examples, classes]
  private(set) var logits: [Float] = []
  /// [examples]; empty without labels.
  private(set) var labels: [UInt32] = []
  /// [classes]: sums of the soft targets over the examples; 0 without soft targets.
  private(set) var targetSums: [Double]

  /// Runs the model over the selected examples of every copy.
  ///
  /// - Throws: `InputError.notFinite` for logits that overflow; `MachineError.tooLittleMemory`; as `ExampleStream.load`;
  ///   `StageError.interrupted`.
  init(
    _ stream: ExampleStream, _ model: any Predictor, path: String, threads: Int, progress: ProgressMeter
  ) throws {
    classes = model.outputs
    targetSums = [Double](repeating: 0, count: classes)
    let copies = stream.images.copies.count
    let examples = try stream.epochExamples(threads: threads) * copies
    var budget = MemoryBudget.ofProgram
    let bytes = examples * classes * MemoryLayout<Float>.stride
    try budget.take(bytes + WindowReader.neededBytes(stream, threads: threads), for: path)
    // Reserved once: a growing array is copied, and both copies take memory for that time.
    logits.reserveCapacity(examples * classes)
    for copy in 0..<copies {
      // Epoch number = copy number: the first epochs of a stream read each copy once.
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
    // [examples, classes]: the place modulo the classes is the class.
    for (place, target) in (window.targets ?? []).enumerated() {
      targetSums[place % classes] += Double(target)
    }
  }

  private func pieces(of rows: Int) -> [Range<Int>] {
    stride(from: 0, to: rows, by: Self.pieceRows).map { $0..<min(rows, $0 + Self.pieceRows) }
  }

  /// Sums `width` numbers over all rows, piece by piece in parallel.
  ///
  /// - Parameters:
  ///   - threads: number of threads; does not change the result.
  ///   - width: numbers to sum.
  ///   - body: adds the terms of some rows to `sums`, [width], from any thread.
  /// - Returns: [width].
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
    // In the order of the pieces, not of their completion: floating-point sums depend on the order.
    var total = [Double](repeating: 0, count: width)
    for part in parts {
      for place in total.indices { total[place] += part[place] }
    }
    return total
  }
}
