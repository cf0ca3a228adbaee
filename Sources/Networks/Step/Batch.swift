import CKernels
import Datasets

/// The examples of one step, as rows of larger arrays. Those are shared with it, not copied.
package struct Batch: Sendable {
  /// [set, inputs].
  private let features: Features
  /// [set], each below the number of classes; nil for an unlabelled set.
  private let labels: [UInt32]?
  /// [set, classes], soft targets or a teacher's logits; nil without.
  private let targets: [Float]?
  /// [examples], the rows of those arrays that make the batch.
  private let rows: ArraySlice<UInt32>
  private let epoch: Int
  private let firstExample: Int

  /// - Parameters:
  ///   - features: [set, inputs].
  ///   - labels: [set], each below the number of classes; nil for an unlabelled set.
  ///   - targets: [set, classes], soft targets or a teacher's logits; nil without.
  ///   - rows: [examples], the rows of those arrays that make the batch.
  ///   - epoch: with `firstExample` it names the random numbers of dropout.
  ///   - firstExample: position of the batch's first example in the epoch.
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

  /// What makes the batch unfit for a step, which does not look where it reads.
  ///
  /// - Parameters:
  ///   - inputs: of the network.
  ///   - classes: its outputs.
  ///   - capacity: examples in the largest batch.
  /// - Returns: expected and found; nil for a batch that is right.
  package func fault(inputs: Int, classes: Int, capacity: Int) -> String? {
    guard 1...capacity ~= rows.count else {
      return "expected a batch of 1 to \(capacity) examples, found \(rows.count)"
    }
    let set = features.count
    guard features.shape.count == inputs else {
      return "expected examples of \(inputs) numbers, found \(features.shape.count)"
    }
    if let row = rows.max(), row >= set { return "expected rows below \(set), found \(row)" }
    if let labels {
      guard labels.count == set else { return "expected \(set) labels, found \(labels.count)" }
      // Those of the batch alone: a set has thousands of times as many.
      if let row = rows.first(where: { labels[Int($0)] >= classes }) {
        return "expected labels below \(classes), found \(labels[Int(row)])"
      }
    }
    if let targets, targets.count != set * classes {
      return "expected targets of [\(set), \(classes)], found \(targets.count) elements"
    }
    return nil
  }

  /// The batch as kernels and losses read it, for the time of a call: the only place where its pointers are made.
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

  private static func withPointer<Element, Result>(
    _ array: [Element]?, _ body: (UnsafePointer<Element>?) -> Result
  ) -> Result {
    array?.withUnsafeBufferPointer { body($0.baseAddress) } ?? body(nil)
  }
}

/// The pointers of a batch that `Batch.fault` has found right; not to be kept past the call that hands it out.
struct BatchView {
  /// [set, inputs].
  let features: FeatureView
  /// [set]; nil for an unlabelled set.
  let labels: UnsafePointer<UInt32>?
  /// [set, classes]; nil without.
  let targets: UnsafePointer<Float>?
  /// [count].
  let rows: UnsafePointer<UInt32>
  /// Examples in the batch.
  let count: Int
  /// Names the random numbers of dropout, with `firstExample`.
  let epoch: Int
  /// Position of the batch's first example in the epoch.
  let firstExample: Int

  /// The true class of an example; nil without labels.
  func label(of example: Int) -> Int? { labels.map { Int($0[Int(rows[example])]) } }

  /// The target of an example, [classes]; nil without targets.
  func target(of example: Int, classes: Int) -> UnsafeBufferPointer<Float>? {
    targets.map { UnsafeBufferPointer(start: $0 + Int(rows[example]) * classes, count: classes) }
  }
}
