import Datasets

extension IngestOptions {
  /// Largest shift in pixels; 0 for clean images.
  package var jitter: Int {
    get { (distortion as? ShiftDistortion)?.reach ?? 0 }
    set { distortion = try? ShiftDistortion(reach: newValue) }
  }
}
