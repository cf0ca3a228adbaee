import Foundation
import Storage
import TestSupport
import Testing

/// `pipelines/install.sh`, and its removal.
struct InstallTests {
  private let directory: TemporaryDirectory
  private let script = FileSystem.absolute(reference("../../pipelines/install.sh"))

  init() throws { directory = try TemporaryDirectory() }

  private func run(_ words: String = "") throws -> Program.Result {
    try Program.shell("PREFIX=$PWD/prefix bash \(script) \(words)", in: directory.path)
  }

  private func files() throws -> [String] {
    let result = try Program.shell("cd prefix && find . -type f | sort", in: directory.path)
    return result.standardOutput.split(separator: "\n").map(String.init)
  }

  @Test func `What is installed works, and goes again without a trace of others`() throws {
    try FileSystem.createDirectory(directory("prefix/bin"))
    try AtomicFile.write(Array("mine".utf8), to: directory("prefix/bin/dk-mine"))
    let installed = try run()
    #expect(installed.status == 0, "\(installed.standardError)")
    let programs = try FileSystem.list(directory("prefix/bin")).filter { $0 != "dk-mine" }
    #expect(programs.count >= 12 && programs.contains("dk-report"))
    let found = try files()
    for program in programs {
      let version = try Program.shell("prefix/bin/\(program) --version", in: directory.path)
      #expect(version.status == 0 && !version.standardOutput.isEmpty)
      for file in [
        "man/man1/\(program).1", "bash-completion/completions/\(program)", "zsh/site-functions/_\(program)",
        "fish/vendor_completions.d/\(program).fish",
      ] { #expect(found.contains("./share/\(file)"), "\(file)") }
      // Every option has its place in the manual page.
      let page = String(decoding: try bytes(directory("prefix/share/man/man1/\(program).1")), as: UTF8.self)
      let help = try Program.shell("prefix/bin/\(program) --help", in: directory.path).standardOutput
      for line in help.split(separator: "\n") where line.hasPrefix("  --") {
        let option = line.split(separator: " ")[0]
        #expect(page.contains(option.replacing("-", with: "\\-")), "\(program): \(option)")
      }
      let syntax = try Program.shell(
        "bash -n prefix/share/bash-completion/completions/\(program)", in: directory.path)
      #expect(syntax.status == 0, "\(syntax.standardError)")
    }
    // Again, over what is there.
    #expect(try run().status == 0)
    #expect(try files() == found)
    #expect(try run("--uninstall").status == 0)
    let left = try Program.shell("cd prefix && find . | sort", in: directory.path)
    #expect(left.standardOutput == ".\n./bin\n./bin/dk-mine\n")
    let twice = try run("--uninstall")
    #expect(twice.status == 66 && twice.standardError.contains("installed"))
    #expect(try run("--delete").status == 64)
  }
}
