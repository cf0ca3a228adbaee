import CKernels
import Datasets

/// The examples of one step, as row numbers into the arrays of the whole set. The arrays are shared, not copied.
package struct Batch: Sendable {
  /// [set, inputs].
  private let features: Features
  /// [set], each below the number of classes; nil for an unlabelled set.
  private let labels: [UInt32]?
  /// [set, classes], soft targets or the logits of a teacher; nil without them.
  private let targets: [Float]?
  /// [examples], the rows of the set that form the batch.
  private let rows: ArraySlice<UInt32>
  private let epoch: Int
  private let firstExample: Int

  /// - Parameters:
  ///   - features: [set, inputs].
  ///   - labels: [set], each below the number of classes; nil for an unlabelled set.
  ///   - targets: [set, classes], soft targets or the logits of a teacher; nil without them.
  ///   - rows: [examples], the rows of the set that form the batch.
  ///   - epoch: together with `firstExample` it selects the random numbers of dropout.
  ///   - firstExample: position of the first example in the epoch.
  package init(
    features: Features, labels: [UInt32]?, targets: [Float]?, rows: ArraySlice<UInt32>, epoch: Int,
    firstExample: Int
  ) {
    self.features = features
    self.labels = labels
    self.targets = targets
    self.rows = rows
    self.epoch = epoch
    self.firstExample = firstExample
  }

  /// Checks the batch for a step, because the kernels read without bounds checks. Takes time proportional to the
  /// batch, not to the set.
  ///
  /// - Parameters:
  ///   - inputs: number of inputs of the network.
  ///   - classes: number of outputs of the network.
  ///   - capacity: size of the largest batch.
  /// - Returns: expected and found; nil for a valid batch.
  package func fault(inputs: Int, classes: Int, capacity: Int) -> String? {
    guard 1...capacity ~= rows.count else {
      return "expected a batch of 1 to \(capacity) examples, found \(rows.count)"
    }
    let set = features.count
    guard features.shape.count == inputs else {
      return "expected examples of \(inputs) numbers, found \(features.shape.count)"
    }
    // Before the labels are looked at: the rows are used as indices below.
    if let row = rows.max(), row >= set { return "expected rows below \(set), found \(row)" }
    if let labels {
      guard labels.count == set else { return "expected \(set) labels, found \(labels.count)" }
      // Only the labels of the batch: the set has thousands of times as many.
      if let row = rows.first(where: { labels[Int($0)] >= classes }) {
        return "expected labels below \(classes), found \(labels[Int(row)])"
      }
    }
    if let targets, targets.count != set * classes {
      return "expected targets of [\(set), \(classes)], found \(targets.count) elements"
    }
    return nil
  }

  /// Calls `body` with the pointers of the batch, which must not outlive the call. No other code takes pointers to
  /// these arrays.
  func withView<Result>(_ body: (BatchView) -> Result) -> Result {
    features.withView { features in
      rows.withUnsafeBufferPointer { rows in
        Self.withPointer(labels) { labels in
          Self.withPointer(targets) { targets in
            guard let rows = rows.baseAddress else { preconditionFailure("a batch without examples") }
            return body(
              BatchView(
                features: features, labels: labels, targets: targets, rows: rows, count: self.rows.count,
                epoch: epoch, firstExample: firstExample))
          }
        }
      }
    }
  }

  /// Calls `body` with a pointer to the elements; nil for nil.
  private static func withPointer<Element, Result>(
    _ array: [Element]?, _ body: (UnsafePointer<Element>?) -> Result
  ) -> Result {
    array?.withUnsafeBufferPointer { body($0.baseAddress) } ?? body(nil)
  }
}

/// Pointers into a batch that `Batch.fault` has accepted; valid during one call of `withView`.
struct BatchView {
  /// [set, inputs].
  let features: FeatureView
  /// [set]; nil for an unlabelled set.
  let labels: UnsafePointer<UInt32>?
  /// [set, classes]; nil without targets.
  let targets: UnsafePointer<Float>?
  /// [count], each below the size of the set.
  let rows: UnsafePointer<UInt32>
  /// Number of examples in the batch.
  let count: Int
  /// Together with `firstExample` it selects the random numbers of dropout.
  let epoch: Int
  /// Position of the first example in the epoch.
  let firstExample: Int

  /// The true class of an example; nil without labels.
  func label(of example: Int) -> Int? { labels.map { Int($0[Int(rows[example])]) } }

  /// The target of an example, [classes]; nil without targets.
  func target(of example: Int, classes: Int) -> UnsafeBufferPointer<Float>? {
    targets.map { UnsafeBufferPointer(start: $0 + Int(rows[example]) * classes, count: classes) }
  }
}
