import Storage

/// A published data set, recognised by the digest of its image file, because a file name proves nothing.
package enum PublishedSet: Sendable, CaseIterable {
  case mnistTraining
  case mnistTest
  case fashionTraining
  case fashionTest

  /// The set whose image file, plain or in the published gzip form, is the only source; nil for other sources.
  ///
  /// - Parameter sources: of a directory.
  package init?(sources: [Digest]) {
    guard sources.count == 1, let set = Self.allCases.first(where: { $0.digests.contains(sources[0].hex) })
    else { return nil }
    self = set
  }

  /// The name of the set, for reports.
  package var name: String {
    switch self {
    case .mnistTraining: "MNIST, training images"
    case .mnistTest: "MNIST, test images"
    case .fashionTraining: "Fashion-MNIST, training images"
    case .fashionTest: "Fashion-MNIST, test images"
    }
  }

  /// Number of images in the file.
  package var examples: Int {
    switch self {
    case .mnistTraining, .fashionTraining: 60_000
    case .mnistTest, .fashionTest: 10_000
    }
  }

  /// SHA-256 of the IDX file and of the gzip file as published.
  private var digests: [String] {
    switch self {
    case .mnistTraining:
      [
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
      ]
    case .mnistTest:
      [
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
      ]
    case .fashionTraining:
      [
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7",
      ]
    case .fashionTest:
      [
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
      ]
    }
  }
}
