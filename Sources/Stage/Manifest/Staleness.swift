import Storage

/// Checks whether the inputs of a directory have changed since it was made. Only digests of manifests are compared,
/// no data are read, so it is cheap.
package enum Staleness {
  private static let depthLimit = 16

  /// One sentence for each changed input of the directory or, recursively, of its inputs.
  package static func findings(_ directory: FinishedDirectory) -> [String] {
    var visited: Set<Digest> = []
    return findings(directory, depth: 0, &visited)
  }

  private static func findings(_ directory: FinishedDirectory, depth: Int, _ visited: inout Set<Digest>)
    -> [String]
  {
    // Manifests edited by hand may refer to each other in a circle.
    guard depth < depthLimit, visited.insert(directory.digest).inserted else { return [] }
    let locations = Locations(directory: directory.path)
    return directory.manifest.recipe.inputs.flatMap { input -> [String] in
      // Input files are skipped, because they would have to be read, and so are missing directories.
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

  /// Findings for all finished directories directly below `parent`.
  package static func findings(below parent: String) -> [String] {
    FinishedDirectory.names(below: parent).flatMap { name -> [String] in
      guard let directory = try? FinishedDirectory(FileSystem.join(parent, name)) else { return [] }
      return findings(directory)
    }
  }
}
