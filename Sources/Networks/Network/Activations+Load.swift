import CKernels
import Datasets

/// Borrowed features, in the form that the kernels take; valid during one call of `withView`.
struct FeatureView {
  fileprivate let numbers: UnsafeRawPointer
  fileprivate let element: Features.Element
  /// Bytes of one example.
  fileprivate let rowBytes: Int

  /// The same features without the first `example` examples.
  func from(_ example: Int) -> FeatureView {
    FeatureView(numbers: numbers + example * rowBytes, element: element, rowBytes: rowBytes)
  }
}

extension Features {
  /// Calls `body` with a view of the numbers. The view must not outlive the call.
  func withView<Result>(_ body: (FeatureView) -> Result) -> Result {
    bytes.withUnsafeBytes { buffer in
      guard let numbers = buffer.baseAddress else { preconditionFailure("features of no example") }
      return body(FeatureView(numbers: numbers, element: element, rowBytes: rowBytes))
    }
  }
}

extension Activations {
  /// Loads the inputs of one group, centred and scaled; call `activate` for each of its words afterwards.
  ///
  /// - Parameters:
  ///   - group: its number in the layer.
  ///   - features: the whole set, [set, inputs].
  ///   - rows: [examples], each below the size of the set.
  ///   - examples: number of examples in the batch.
  ///   - references: [units, filled up to whole words], subtracted from the inputs.
  ///   - scale: factor for the difference.
  func load(
    group: Int, _ features: FeatureView, rows: UnsafePointer<UInt32>, examples: Int,
    references: UnsafePointer<Float>, scale: Float
  ) {
    withUnsafePointer(to: groups[group]) {
      dk_load_features(
        features.numbers, features.element.kernel, rows, examples, units, self.units(of: group).lowerBound,
        references, scale, $0)
    }
  }
}

extension Features.Element {
  fileprivate var kernel: dk_element {
    switch self {
    case .u8: DK_U8
    case .f16: DK_F16
    case .f32: DK_F32
    }
  }
}
