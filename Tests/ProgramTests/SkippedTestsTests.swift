import Foundation
import TestSupport
import Testing

/// The line that says which tests a run skips.
@Suite struct SkippedTestsTests {
  private static let whole = """
    @Suite(.enabled(if: python != nil, "needs DK_PYTHON; pipelines/test.sh sets it"))
    struct A {
      @Test func one() {}
      @Test(.enabled(if: mnist != nil, "needs DK_MNIST_DIR; pipelines/test.sh sets it"))
      func two() {}
      @Test(arguments: [1, 2])
      func three() {}
    }
    """
  private static let part = """
    @Suite struct B {
      @Test(.enabled(if: mnist != nil, "needs DK_MNIST_DIR; pipelines/test.sh sets it"))
      func one() {}
      @Test(.enabled(if: isInstalled("tmux"), "needs tmux; pipelines/test.sh installs it"))
      func two() {}
      @Test func three() {}
    }
    """

  private func line(_ variables: String...) -> String? {
    let environment = Dictionary(uniqueKeysWithValues: variables.map { ($0, "x") })
    return SkippedTests(sources: ["B": Self.part, "A": Self.whole], environment: environment).line
  }

  @Test func `Tests are counted by the variable that they need`() {
    #expect(
      line()
        == "4 tests are skipped: DK_PYTHON is not set (all of A); DK_MNIST_DIR is not set (1 of B). "
        + "Run pipelines/test.sh for all tests.")
    #expect(
      line("DK_MNIST_DIR")
        == "3 tests are skipped: DK_PYTHON is not set (all of A). Run pipelines/test.sh for all tests.")
    #expect(
      line("DK_PYTHON")
        == "2 tests are skipped: DK_MNIST_DIR is not set (1 of A, 1 of B). Run pipelines/test.sh for all tests."
    )
    #expect(line("DK_PYTHON", "DK_MNIST_DIR") == nil)
  }

  @Test func `Every test that is enabled by a variable says which`() throws {
    let all = try SkippedTests.sources().filter { $0.key != "SkippedTestsTests" }
    let text = all.values.joined()
    for (condition, variable) in [("python != nil", "DK_PYTHON"), ("mnist != nil", "DK_MNIST_DIR")] {
      let conditions = text.components(separatedBy: ".enabled(if: \(condition)").count - 1
      let words = text.components(separatedBy: ".enabled(if: \(condition), \"needs \(variable);").count - 1
      #expect(conditions > 2 && words == conditions, "\(variable)")
    }
    let line = try #require(try SkippedTests(environment: [:]).line)
    for (suite, text) in all where text.contains("\n@Suite(.enabled(if: python") {
      #expect(line.contains("all of \(suite)"), "\(suite)")
    }
  }

  @Test func `A run without the variables ends with the line, and one with them does not`() throws {
    let binary = ProcessInfo.processInfo.arguments[0]
    let run = "\(binary) --testing-library swift-testing --filter ProgramTests.SkipNotice/"
    let directory = try TemporaryDirectory()
    let without = try Program.run(
      "/usr/bin/env -u DK_PYTHON -u DK_MNIST_DIR \(run)", in: directory.path)
    #expect(without.status == 0, "\(without.standardError)")
    #expect(without.lastErrorLine == (try SkippedTests(environment: [:]).line))
    let with = try Program.run(run, in: directory.path, environment: ["DK_PYTHON": "x", "DK_MNIST_DIR": "x"])
    #expect(with.status == 0 && !with.standardError.contains("are skipped"), "\(with.standardError)")
  }
}
