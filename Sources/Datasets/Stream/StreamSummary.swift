import Storage

/// What a training has to know of its set before the first step. It goes into checkpoints, so that a resume does not read
/// the set for it.
package struct StreamSummary: Equatable, Sendable {
  /// Of the examples of the first copy that are taken.
  package let statistics: FeatureStatistics
  /// [classes]: the highest number of an example that a fraction takes; nil where it takes all.
  let limits: [UInt64]?
  /// Examples of one copy that are taken.
  let count: Int

  private static let prefix = "stream."

  init(_ statistics: FeatureStatistics, _ selected: SelectedExamples) {
    (self.statistics, limits, count) = (statistics, selected.limits, selected.count)
  }

  /// Adds it to a file in the making.
  package func write(to writer: inout SafetensorsWriter) {
    statistics.write(to: &writer, prefix: Self.prefix)
    writer.add(Self.prefix + "count", [UInt64(count)], shape: [1])
    if let limits { writer.add(Self.prefix + "limits", limits, shape: [limits.count]) }
  }

  /// Reads what `write` has written.
  ///
  /// - Throws: `StorageError` for tensors of other types and shapes, and numbers that cannot be.
  package init(_ file: Safetensors) throws {
    statistics = try FeatureStatistics(file, prefix: Self.prefix)
    let name = Self.prefix + "limits"
    limits =
      file.header.tensors[name] == nil
      ? nil
      : try file.elements(name, as: UInt64.self, shape: [statistics.examplesPerClass.count])
    count = try file.integers(Self.prefix + "count", shape: [1])[0]
    guard count == statistics.examples else {
      throw StorageError.malformed(path: file.path, reason: "statistics of other examples")
    }
  }
}
