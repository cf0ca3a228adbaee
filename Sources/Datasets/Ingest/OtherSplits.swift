import Stage
import Storage

/// Directories beside an output that were split from the same images in another way: an image that one holds out may be
/// learnt from in the other.
package enum OtherSplits {
  /// Looks for them.
  ///
  /// - Parameters:
  ///   - parts: that were made below the output.
  ///   - output: the folder.
  /// - Returns: a warning for each.
  package static func warnings(beside parts: [ImageIngest.Part], in output: String) -> [String] {
    guard let recipe = parts.first?.stage.plan.recipe, let source = recipe.inputs.first?.digest else {
      return []
    }
    let own = Set(parts.map(\.split))
    let names = ((try? FileSystem.list(output)) ?? []).filter { !own.contains($0) }
    return names.compactMap { name in
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
