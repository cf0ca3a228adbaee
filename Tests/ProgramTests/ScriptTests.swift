import Foundation
import Storage
import TestSupport
import Testing

/// The scripts of `pipelines/`, as somebody meets them who looks for help.
struct ScriptTests {
  private static let pipelines = FileSystem.absolute(reference("../../pipelines"))
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Paths below `pipelines/` of all shell scripts.
  private static var scripts: [String] {
    get throws {
      let found = try #require(FileManager.default.enumerator(atPath: pipelines))
      return found.compactMap { $0 as? String }.filter { $0.hasSuffix(".sh") }.sorted()
    }
  }

  private static func isExecutable(_ script: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: "\(pipelines)/\(script)")
  }

  /// Those that a person runs; Slurm alone starts the task.
  private static var commands: [String] {
    get throws { try scripts.filter { isExecutable($0) && $0 != "slurm/task.sh" } }
  }

  private static func text(_ script: String) throws -> String {
    String(decoding: try bytes("\(pipelines)/\(script)"), as: UTF8.self)
  }

  /// A copy of the scripts, and programs that leave a mark if they are started.
  private func prepare() throws {
    let made = try Program.shell(
      """
      mkdir copy bin elsewhere && cp -r '\(Self.pipelines)' copy/pipelines && rm -rf copy/pipelines/results
      for program in swift apt-get python3 pip curl; do
        printf '#!/bin/sh\\necho "$0 $*" >>"\(directory("mark"))"\\nexit 69\\n' >bin/$program && chmod +x bin/$program
      done
      find copy | sort >before
      """, in: directory.path)
    try #require(made.status == 0, "\(made.standardError)")
  }

  private func run(_ command: String) throws -> Program.Result {
    try Program.shell("cd elsewhere && PATH=\"$PWD/../bin:$PATH\" \(command)", in: directory.path)
  }

  /// Whether nothing was started and nothing was written since `prepare`.
  private func isUntouched() throws -> Bool {
    let script = "[ ! -e mark ] && find copy | sort | cmp - before && [ -z \"$(ls elsewhere)\" ]"
    return try Program.shell(script, in: directory.path).status == 0
  }

  @Test func `Each script has help from any folder, and starts nothing for it`() throws {
    try prepare()
    for script in try Self.commands {
      let text = try Self.text(script)
      let result = try run("../copy/pipelines/\(script) --help")
      #expect(result.status == 0 && result.standardError.isEmpty, "\(script): \(result.standardError)")
      // The beginning of the comment at its head, and every setting.
      let head = text.split(separator: "\n")[1].dropFirst(2)
      #expect(result.standardOutput.hasPrefix(head), "\(script)")
      for setting in text.matches(of: /: "\$\{([A-Z_]+):=/) {
        #expect(result.standardOutput.contains("  \(setting.1) "), "\(script): \(setting.1)")
      }
      for other in ["'\(directory("copy"))/pipelines/\(script)' -h", "bash ../link --help"] {
        _ = try Program.shell("ln -sf 'copy/pipelines/\(script)' link", in: directory.path)
        #expect(try run(other).standardOutput == result.standardOutput, "\(script): \(other)")
      }
      #expect(try isUntouched(), "\(script)")
    }
  }

  @Test func `Other arguments are wrong, where no program's options are taken`() throws {
    try prepare()
    for script in try Self.commands where !(try Self.text(script)).contains(/arguments='\[OPTIONS/) {
      let result = try run("../copy/pipelines/\(script) --no-such-argument")
      #expect(result.status == 64, "\(script): \(result.status)")
      let lines = result.standardError.split(separator: "\n")
      #expect(lines.count == 1 && result.standardError.contains("usage"), "\(script): \(lines)")
      #expect(try isUntouched(), "\(script)")
    }
  }

  @Test func `The root has what a person runs or edits`() throws {
    let found = try Program.shell("find . -maxdepth 1 -type f | sort", in: Self.pipelines).standardOutput
    let files = found.split(separator: "\n")
    #expect((1...14).contains(files.count), "\(files)")
  }

  @Test func `What is sourced is no program, and what is a program says so`() throws {
    for script in try Self.scripts {
      let text = try Self.text(script)
      #expect(text.hasPrefix("#!/usr/bin/env bash\n") == Self.isExecutable(script), "\(script)")
      for source in text.matches(of: /source .*\/([a-z-]+\.sh)"/) {
        let named = try Self.scripts.filter { $0.hasSuffix("/\(source.1)") }
        #expect(!named.isEmpty && !named.contains { Self.isExecutable($0) }, "\(script): \(source.1)")
      }
    }
  }

  @Test func `Every setting has a meaning`() throws {
    for script in try Self.scripts {
      var known: Set<Substring> = []
      for line in try Self.text(script).split(separator: "\n") {
        guard let name = line.firstMatch(of: /^ *: "\$\{([A-Z_]+):=/)?.1 else { continue }
        // A second default, of the quick form, need not repeat it.
        #expect(known.contains(name) || line.contains(/" +# [a-zA-Z0-9]/), "\(script): \(line)")
        known.insert(name)
      }
    }
  }

  @Test func `Only one piece writes into the results`() throws {
    for script in try Self.scripts where script != "shared/record.sh" {
      let lines = try Self.text(script).split(separator: "\n").filter { !$0.contains(/^ *#/) }
      #expect(!lines.contains { $0.contains("results") && $0.contains("pipelines") }, "\(script)")
    }
  }
}
