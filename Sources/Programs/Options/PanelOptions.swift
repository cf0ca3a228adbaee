import ArgumentParser
import Datasets
import Networks
import Stage

/// The specialists of a generalist.
package struct PanelOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Specialists of dk-teach --specialist, who answer together with the one generalist (paper, section 5.4).",
      valueName: "models"))
  package var specialists: [String] = []

  @Option(help: "How many of the generalist's most probable classes choose the specialists.")
  package var top = 1

  /// For the parser.
  package init() {}

  /// Whether there are any.
  package var isGiven: Bool { !specialists.isEmpty }

  /// - Parameters:
  ///   - generalists: the models that are given beside the specialists.
  ///   - word: name for one of them, for the message.
  /// - Throws: `OptionError.wrongValue` for specialists without exactly one generalist.
  package func check(generalists: [String], as word: String) throws {
    // The most probable classes of one generalist choose the specialists; two could choose differently.
    guard !isGiven || generalists.count == 1 else {
      throw OptionError.wrongValue(
        option: "--specialists", expected: "them beside one \(word)", found: String(generalists.count))
    }
  }

  /// Reads the panel.
  ///
  /// - Parameters:
  ///   - generalists: exactly one path.
  ///   - inputs: numbers in an image.
  ///   - labels: of the images; nil to take those of the generalist.
  ///   - images: path of the images, for messages.
  /// - Returns: nil without specialists.
  /// - Throws: as `SpecialistPanel.read`.
  package func read(_ generalists: [String], inputs: Int, labels: LabelMap?, of images: String) throws
    -> SpecialistPanel.Read?
  {
    guard isGiven, let generalist = generalists.first else { return nil }
    return try SpecialistPanel.read(
      generalist, specialists, top: top, inputs: inputs, labels: labels, of: images)
  }
}
