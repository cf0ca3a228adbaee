import Storage

/// Facts about a set that a training needs before its first step. Checkpoints contain them, so that a resumed
/// training need not read the set for them.
package struct StreamSummary: Equatable, Sendable {
  /// Statistics of the selected examples of the first copy.
  package let statistics: FeatureStatistics
  /// [classes], the highest random number of an example that the fraction selects; nil for a fraction of 1.
  let limits: [UInt64]?
  /// Number of selected examples in one copy.
  let count: Int

  private static let prefix = "stream."

  init(_ statistics: FeatureStatistics, _ selected: SelectedExamples) {
    (self.statistics, limits, count) = (statistics, selected.limits, selected.count)
  }

  /// Adds the summary to a file.
  package func write(to writer: inout SafetensorsWriter) {
    statistics.write(to: &writer, prefix: Self.prefix)
    writer.add(Self.prefix + "count", [UInt64(count)], shape: [1])
    if let limits { writer.add(Self.prefix + "limits", limits, shape: [limits.count]) }
  }

  /// Reads a summary that `write` has written.
  ///
  /// - Throws: `StorageError` for tensors of other types or shapes, and for impossible numbers.
  package init(_ file: Safetensors) throws {
    statistics = try FeatureStatistics(file, prefix: Self.prefix)
    let name = Self.prefix + "limits"
    limits =
      file.header.tensors[name] == nil
      ? nil
      : try file.elements(name, as: UInt64.self, shape: [statistics.examplesPerClass.count])
    count = try file.integers(Self.prefix + "count", shape: [1])[0]
    // The statistics were counted over the selection, so both numbers are the same.
    guard count == statistics.examples else {
      throw StorageError.malformed(path: file.path, reason: "statistics of other examples")
    }
  }
}
