import Storage

/// Whether a directory still belongs to what it was made from, as far as manifests tell: an input that was made anew
/// since has another digest. Data are not read, so it costs next to nothing.
package enum Staleness {
  private static let depthLimit = 16

  /// One sentence for each input, of the directory or of one of its inputs, that is not what it was.
  package static func findings(_ directory: FinishedDirectory) -> [String] {
    var visited: Set<Digest> = []
    return findings(directory, depth: 0, &visited)
  }

  private static func findings(_ directory: FinishedDirectory, depth: Int, _ visited: inout Set<Digest>)
    -> [String]
  {
    // Manifests that somebody made by hand may go round in a circle.
    guard depth < depthLimit, visited.insert(directory.digest).inserted else { return [] }
    let locations = Locations(directory: directory.path)
    return directory.manifest.recipe.inputs.flatMap { input -> [String] in
      // A file would have to be read, and what is gone cannot be asked.
      guard let place = locations.place(of: input.name, from: directory.path),
        FileSystem.kind(place) == .directory, let found = try? FinishedDirectory(place)
      else { return [] }
      guard found.digest == input.digest else {
        return [
          "\(directory.path): stale: made from \(input.name) \(input.digest.short), "
            + "found \(found.digest.short) at \(place)"
        ]
      }
      return findings(found, depth: depth + 1, &visited)
    }
  }

  /// Directories right below `parent` that are stale now.
  package static func findings(below parent: String) -> [String] {
    FinishedDirectory.names(below: parent).flatMap { name -> [String] in
      guard let directory = try? FinishedDirectory(FileSystem.join(parent, name)) else { return [] }
      return findings(directory)
    }
  }
}
