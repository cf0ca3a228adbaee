import Stage
import Storage

/// Warnings about directories whose inputs have changed since they were made.
package enum StaleNotes {
  /// Largest number of entries of a folder to look at.
  private static let most = 1000

  /// Warns of stale directories among those that are read.
  package static func warn(_ directories: [FinishedDirectory], _ console: Console) {
    var said: Set<String> = []
    for finding in directories.flatMap({ Staleness.findings($0) }) where said.insert(finding).inserted {
      console.warn(finding)
    }
  }

  /// Warns of directories near replaced outputs that were made from the old ones.
  package static func warn(after summaries: [DirectorySummary], _ console: Console) {
    // A manifest names its inputs but not its readers, so readers are looked for near the output.
    let places = summaries.filter(\.replaced).map(\.output)
    guard !places.isEmpty else { return }
    var folders: [String] = []
    for place in places {
      let parent = FileSystem.parent(FileSystem.absolute(place))
      // Also one level up: students of `soft/temperature=4` stand beside `soft`.
      for folder in [parent, FileSystem.parent(parent)] {
        let names = (try? FileSystem.list(folder)) ?? []
        folders.append(folder)
        // A finished directory is found from the folder above it, so only other folders are searched themselves.
        folders += names.prefix(most).map { FileSystem.join(folder, $0) }.filter {
          FileSystem.kind($0) == .directory && FileSystem.kind(FileSystem.join($0, Manifest.fileName)) == nil
        }
      }
    }
    var seen: Set<String> = []
    for folder in folders where seen.insert(folder).inserted {
      for finding in Staleness.findings(below: FileSystem.shortened(folder))
      where seen.insert(finding).inserted {
        console.warn(finding)
      }
    }
  }
}
