import Datasets
import Programs
import Stage
import Storage

/// Warns of directories beside the output that were split from the same images in another way: what is held out in one
/// may be learnt from in the other.
enum SplitNotes {
  static func warn(_ parts: [ImageIngest.Part], in output: String, _ console: Console) {
    guard let recipe = parts.first?.stage.plan.recipe, let source = recipe.inputs.first?.digest else {
      return
    }
    let own = Set(parts.map(\.split))
    for name in ((try? FileSystem.list(output)) ?? []).filter({ !own.contains($0) }) {
      guard let other = try? FinishedDirectory(FileSystem.join(output, name), expecting: .images),
        other.manifest.sources.contains(source)
      else { continue }
      // These two decide which images are held out.
      let differing = ["validation", "seed"].filter {
        other.manifest.parameters[$0] != recipe.parameters[$0]
      }
      guard !differing.isEmpty else { continue }
      console.warn(
        "\(other.path): stale: another split of the same images (\(differing.joined(separator: ", ")) differ), "
          + "so it may share images with \(own.sorted().joined(separator: ", "))")
    }
  }
}
