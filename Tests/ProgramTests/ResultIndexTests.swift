import Foundation
import Storage
import TestSupport
import Testing

/// The records in `pipelines/results`, and their index.
struct ResultIndexTests {
  private static let root = FileSystem.absolute(reference("../.."))
  private static let results = root + "/pipelines/results"

  private func text(_ path: String) throws -> String { String(decoding: try bytes(path), as: UTF8.self) }

  @Test func `Each record is in the index, with a script that exists`() throws {
    let rows = try text(Self.results + "/README.md").split(separator: "\n").filter { $0.contains("](") }
    var listed: Set<String> = []
    for row in rows {
      let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      try #require(cells.count == 4, "\(row)")
      let record = try #require(cells[3].firstMatch(of: /^\[([a-z0-9-]+)\]\(([a-z0-9-]+)\)$/), "\(row)")
      #expect(record.1 == record.2 && listed.insert(String(record.1)).inserted, "\(row)")
      let script = cells[2].replacing("`", with: "")
      #expect(FileManager.default.isExecutableFile(atPath: "\(Self.root)/\(script)"), "\(script)")
      // Whoever has the script can find the record.
      #expect(try text("\(Self.results)/\(record.1)/made.json").contains(script), "\(record.1)")
    }
    let folders = try FileSystem.list(Self.results).filter { $0 != "README.md" }
    #expect(Set(folders) == listed, "\(Set(folders).symmetricDifference(listed))")
  }

  @Test func `Each record has a table, its runs and how it was made`() throws {
    for name in try FileSystem.list(Self.results) where name != "README.md" {
      let folder = "\(Self.results)/\(name)"
      #expect(!(try text(folder + "/table.txt")).isEmpty, "\(name)")
      let runs = try FileSystem.list(folder).filter { $0.hasPrefix("runs") && $0.hasSuffix(".csv") }
      #expect(!runs.isEmpty, "\(name)")
      for file in runs {
        let lines = try text("\(folder)/\(file)").split(separator: "\n")
        #expect(lines.count > 1 && lines[0].contains(","), "\(name)/\(file)")
      }
      let made = try #require(
        JSONSerialization.jsonObject(with: Data(try bytes(folder + "/made.json"))) as? [String: Any])
      #expect(made["experiment"] as? String == name)
      #expect((made["commit"] as? String)?.count == 40 && made["date"] is String, "\(name)")
      #expect(made["command"] is String, "\(name)")
      // Nobody knows the machine of an old record; of a new one the script does.
      #expect(made["machine"] is [String: Any] || made["reconstructed"] is String, "\(name)")
      #expect(made["not published"] == nil, "\(name)")
    }
  }
}
