import ArgumentParser
import Foundation
import Machine
import Stage
import Storage

/// A program of the pipeline: options, and one verb. Errors become one line on stderr and an exit status.
package protocol StageProgram: ParsableCommand {
  var common: CommonOptions { get }

  /// Does the work.
  ///
  /// - Throws: any error; it becomes a line and an exit status.
  func perform(_ console: Console) throws
}

extension StageProgram {
  package func run() throws {
    let console = Console(program: Self._commandName, quiet: common.quiet)
    do {
      try perform(console)
    } catch {
      // Libraries name parameters; the user knows these as options.
      let error = (error as? ParameterError).map { OptionError($0) } ?? error
      console.fail(error, advice: Advice.text(for: error))
      throw ExitCode(ExitStatus.of(error))
    }
    // Known only after the work, and shown once instead of for each file.
    for note in WeakPromise.take() { console.note(note) }
    if !FileSystem.weakerPromises.isEmpty {
      console.note(
        "a file system here flushes no directories: after a loss of power a finished file may lack its name")
    }
  }

  /// Parses the command line and runs. An error of the command line is one line, like any other error.
  package static func main() {
    // First, because any file opened earlier could get the number of a closed stream.
    StandardStreams.reserve()
    Interruption.install()
    // Freed buffers of one shard are kept for the next.
    SystemMemory.keepFreed()
    // A closed pipe is then a failed write; the signal would end the program silently.
    signal(SIGPIPE, SIG_IGN)
    do {
      try checkArguments()
      var program = try parseAsRoot()
      try program.run()
    } catch {
      end(error)
    }
  }

  /// Refuses arguments that are not UTF-8: Swift would repair them, and so change the names of files.
  private static func checkArguments() throws {
    for number in 1..<max(1, Int(CommandLine.argc)) {
      guard let argument = CommandLine.unsafeArgv[number], String(validatingCString: argument) == nil else {
        continue
      }
      throw OptionError.wrongValue(
        option: "argument \(number)", expected: "UTF-8",
        found: "'\(String(cString: argument))'; rename the file")
    }
  }

  private static func end(_ error: any Error) -> Never {
    let status = exitCode(for: error)
    // Help and version are no errors, and a failed run has already printed its line.
    guard status != .success, !(error is ExitCode) else { exit(withError: error) }
    let console = Console(program: _commandName, quiet: true)
    if let error = error as? OptionError ?? (error as? ParameterError).map({ OptionError($0) }) {
      console.fail(error)
      Foundation.exit(ExitStatus.of(error))
    }
    console.fail(OptionError.unreadable(message(for: error)))
    Foundation.exit(ExitStatus.of(OptionError.unreadable("")))
  }
}
