import Datasets
import Evaluation
import Networks
import Stage

/// Writes soft targets: one directory of logits, then one directory for each temperature.
package struct Softening {
  private let stage: String
  private let temperatures: [Double]
  private let combination: Combination
  private let encoding: SoftTargetEncoding
  private let request: OutputRequest
  private let threads: Int
  private let console: Console
  private let begin = ContinuousClock.now

  /// - Parameters:
  ///   - stage: name of the program, for the manifests.
  ///   - temperatures: temperatures, each > 0; one directory for each.
  ///   - combination: how several teachers are combined.
  ///   - encoding: how the soft targets are stored.
  ///   - request: the directory above all others, and how to write them.
  ///   - threads: number of threads; does not affect the result.
  ///   - console: receives progress, and the agreement of the logits with the labels.
  package init(
    stage: String, temperatures: [Double], combination: Combination, encoding: SoftTargetEncoding,
    request: OutputRequest, threads: Int, console: Console
  ) {
    (self.stage, self.temperatures, self.combination, self.encoding) =
      (stage, temperatures, combination, encoding)
    (self.request, self.threads, self.console) = (request, threads, console)
  }

  /// Parses a list of temperatures.
  ///
  /// - Parameter text: positive numbers, separated by commas.
  /// - Returns: the temperatures in the order of the text.
  /// - Throws: `ParameterError.wrongValue`.
  package static func temperatures(_ text: String) throws -> [Double] {
    // Models compute in 32 bits, where a tiny number becomes 0 and a huge one infinite.
    guard let list = NumberList.numbers(text), list.allSatisfy({ Float($0) > 0 && Float($0).isFinite }) else {
      throw ParameterError.wrongValue(
        parameter: "temperatures", expected: "positive numbers such as 1,4,20", found: "'\(text)'")
    }
    return list
  }

  /// Writes the logits, then the soft targets at each temperature.
  ///
  /// - Parameters:
  ///   - source: the source of the logits.
  ///   - images: the images to compute them for.
  /// - Returns: one summary for each directory.
  /// - Throws: `ParameterError.wrongValue` for an encoding of too many classes; as `ShardStage.make`.
  package func soften(_ source: any LogitSource, _ images: ImageSet) throws -> [DirectorySummary] {
    try TemperatureStage.check(encoding, classes: source.classes)
    let logits = LogitStage(source, images: images, stage: stage)
    let own = request.below(LogitStage.directory)
    let outcome = try logits.stage.make(own, threads: threads, console: console, results: logits.results)
    // A part has only some of the logits; the temperatures follow when the parts are joined.
    if request.part != nil {
      console.note(
        DirectorySummary.lastLine([outcome.summary], seconds: (ContinuousClock.now - begin).seconds))
      return [outcome.summary]
    }
    guard let manifest = outcome.manifest else {
      // A dry run without finished logits: a temperature holds as many numbers as one teacher's logits.
      let planned = temperatures.map {
        DirectorySummary(
          request.below(TemperatureStage.directory($0)).output, shards: logits.shardCount,
          // A float for each class; four bytes each for index and variant.
          bytes: logits.examples * (logits.classes * 4 + 8), seconds: 0, examples: images.examplesPerCopy)
      }
      return [outcome.summary] + planned
    }
    say(logits.agreement(manifest.outputs), own.output)
    // Read back from disk, like logits of an earlier run: the same checks and the same bytes. Only the logits have
    // parts to join.
    var whole = request
    whole.joinsParts = false
    return try finish([outcome.summary], SoftTargetSet(own.output), whole)
  }

  /// Writes the soft targets at each temperature from existing logits.
  ///
  /// - Parameter logits: logits of an earlier run.
  /// - Returns: one summary for each directory.
  /// - Throws: as `TemperatureStage`; as `ShardStage.make`.
  package func soften(_ logits: SoftTargetSet) throws -> [DirectorySummary] {
    try finish([], logits, request)
  }

  private func finish(
    _ first: [DirectorySummary], _ logits: SoftTargetSet, _ request: OutputRequest
  ) throws -> [DirectorySummary] {
    var summaries = first
    for temperature in temperatures {
      let planned = try TemperatureStage(
        logits, temperature: temperature, combination: combination, encoding: encoding, stage: stage)
      let own = request.below(TemperatureStage.directory(temperature))
      let outcome = try planned.stage.make(own, threads: threads, console: console, results: planned.results)
      summaries.append(outcome.summary)
      if let results = outcome.manifest?.results, let kl = results["kl"]?.double,
        let largest = results["largest-difference"]?.double
      {
        console.note(
          "\(own.output): against dense f32: KL \(Format.significant(kl)) nats, largest difference "
            + Format.significant(largest))
      }
    }
    console.note(DirectorySummary.lastLine(summaries, seconds: (ContinuousClock.now - begin).seconds))
    return summaries
  }

  private func say(_ agreement: LogitStage.Agreement?, _ output: String) {
    guard let agreement else { return }
    let text = "\(output): the logits agree with \(Format.percent(agreement.share)) of the labels"
    if agreement.isNearChance {
      console.warn(
        "\(text), and naming one class always would with \(Format.percent(agreement.chance)): do they belong to these images?"
      )
    } else {
      console.note(text)
    }
  }
}
