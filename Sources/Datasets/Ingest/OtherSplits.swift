import Stage
import Storage

/// Finds directories beside an output that hold another split of the same images. A validation image of one split may
/// be a training image of the other.
package enum OtherSplits {
  /// Finds the other splits.
  ///
  /// - Parameters:
  ///   - parts: directories made below the output.
  ///   - output: folder of the output.
  /// - Returns: one warning for each other split.
  package static func warnings(beside parts: [ImageIngest.Part], in output: String) -> [String] {
    guard let recipe = parts.first?.stage.plan.recipe, let source = recipe.inputs.first?.digest else {
      return []
    }
    let own = Set(parts.map(\.split))
    let names = ((try? FileSystem.list(output)) ?? []).filter { !own.contains($0) }
    return names.compactMap { name in
      // Only a warning depends on it: an unreadable or unfinished directory is skipped without an error.
      guard let other = try? FinishedDirectory(FileSystem.join(output, name), expecting: .images),
        other.manifest.sources.contains(source)
      else { return nil }
      // Only these two parameters decide which images are held out.
      let differing = ["validation", "seed"].filter {
        other.manifest.parameters[$0] != recipe.parameters[$0]
      }
      guard !differing.isEmpty else { return nil }
      return "\(other.path): stale: another split of the same images "
        + "(\(differing.joined(separator: ", ")) differ), so it may share images with \(own.sorted().joined(separator: ", "))"
    }
  }
}
