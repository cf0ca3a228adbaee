import Stage
import Storage

/// What programs say about directories that no longer belong to what they were made from.
package enum StaleNotes {
  /// Directories looked through below a folder, at most.
  private static let most = 1000

  /// Warns of what is read and stale.
  package static func warn(_ directories: [FinishedDirectory], _ console: Console) {
    var said: Set<String> = []
    for finding in directories.flatMap({ Staleness.findings($0) }) where said.insert(finding).inserted {
      console.warn(finding)
    }
  }

  /// Warns of what lies near outputs that took the place of others, and was made from those.
  package static func warn(after summaries: [DirectorySummary], _ console: Console) {
    let places = summaries.filter(\.replaced).map(\.output)
    guard !places.isEmpty else { return }
    var folders: [String] = []
    for place in places {
      let parent = FileSystem.parent(FileSystem.absolute(place))
      // One level up as well: students of `soft/temperature=4` lie beside `soft`.
      for folder in [parent, FileSystem.parent(parent)] {
        let names = (try? FileSystem.list(folder)) ?? []
        folders.append(folder)
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
