import Datasets
import Stage
import TestSupport

/// An example as a training gets it.
struct Taken: Hashable {
  let index: UInt32
  let shift: Shift
  let label: UInt32?
}

extension ExampleStream {
  /// The examples of a window, in the order in which a training takes them.
  ///
  /// - Parameters:
  ///   - epoch: from 0 on.
  ///   - window: in the epoch.
  ///   - threads: that read.
  /// - Returns: each as it is told by its picture.
  /// - Throws: as `load`.
  func taken(epoch: Int, window: Int, threads: Int = 2) throws -> [Taken] {
    let loaded = try load(epoch: epoch, window: window, threads: threads)
    return loaded.order.map { row in
      let start = Int(row) * ImageSpace.inputs
      let origin = ImageSpace.origin(of: loaded.features.bytes[start..<start + ImageSpace.inputs])
      return Taken(index: origin.index, shift: origin.shift, label: loaded.labels?[Int(row)])
    }
  }

  /// Those of all windows of an epoch.
  ///
  /// - Parameters:
  ///   - epoch: from 0 on.
  ///   - threads: that read.
  /// - Returns: window by window.
  /// - Throws: as `load`.
  func taken(epoch: Int, threads: Int = 2) throws -> [Taken] {
    try (0..<windowCount(epoch: epoch)).flatMap {
      try taken(epoch: epoch, window: $0, threads: threads)
    }
  }
}
