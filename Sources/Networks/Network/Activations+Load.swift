import CKernels
import Datasets

/// Features as the kernels take them, for the time of a call.
struct FeatureView {
  fileprivate let numbers: UnsafeRawPointer
  fileprivate let element: Features.Element
  /// Of one example.
  fileprivate let rowBytes: Int

  /// The examples from one on.
  func from(_ example: Int) -> FeatureView {
    FeatureView(numbers: numbers + example * rowBytes, element: element, rowBytes: rowBytes)
  }
}

extension Features {
  /// Calls `body` with the numbers, which are not to be kept past the call.
  func withView<Result>(_ body: (FeatureView) -> Result) -> Result {
    bytes.withUnsafeBytes { buffer in
      guard let numbers = buffer.baseAddress else { preconditionFailure("features of no example") }
      return body(FeatureView(numbers: numbers, element: element, rowBytes: rowBytes))
    }
  }
}

extension Activations {
  /// Loads a group's inputs, centred and scaled; to be followed by `activate` for its words.
  ///
  /// - Parameters:
  ///   - group: its number.
  ///   - features: of a set.
  ///   - rows: [examples], of the set.
  ///   - examples: how many.
  ///   - references: [units, filled up to whole words], what is subtracted.
  ///   - scale: by which the rest is multiplied.
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
