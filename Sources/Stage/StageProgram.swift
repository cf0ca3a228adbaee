import ArgumentParser
import CSystem
import Foundation

/// A program of the pipeline: options, and one verb. Errors become one line on stderr and an exit status.
package protocol StageProgram: ParsableCommand {
  var common: CommonOptions { get }

  /// Does the work.
  func perform(_ console: Console) throws
}

extension StageProgram {
  package func run() throws {
    Interruption.install()
    // The buffers of one shard serve the next.
    dk_keep_freed_memory()
    // A closed pipe shows as a failed write, not as a death without a word.
    signal(SIGPIPE, SIG_IGN)
    let console = Console(program: Self._commandName, quiet: common.quiet)
    do {
      try perform(console)
    } catch {
      console.fail(error)
      throw ExitCode(ExitStatus.of(error))
    }
  }
}
