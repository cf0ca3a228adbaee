import ArgumentParser
import Stage

@main
struct Inspect: StageProgram {
  static let configuration = CommandConfiguration(commandName: "dk-inspect", abstract: "x")
  @OptionGroup var common: CommonOptions
  func perform(_ console: Console) throws {}
}
