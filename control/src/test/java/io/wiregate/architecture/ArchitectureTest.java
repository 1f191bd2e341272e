package io.wiregate.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.equivalentTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import io.wiregate.os.NativeBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// The one-way streets of the design: control → dataplane → native-bindings, and inside the data
/// plane worker → path → session → {offload, route, noise} → wire.
final class ArchitectureTest {
  private static final String OS = "io.wiregate.os";
  private static final String DATAPLANE = "io.wiregate.dataplane";
  private static final String CONTROL = "io.wiregate.control";

  /// The data plane's layers, top first; a layer uses itself and what stands below it. Packages of
  /// one layer do not use each other.
  private static final List<List<String>> LAYERS =
      List.of(
          List.of(DATAPLANE + ".worker"),
          List.of(DATAPLANE + ".path"),
          List.of(DATAPLANE + ".session"),
          List.of(DATAPLANE + ".offload", DATAPLANE + ".route", DATAPLANE + ".noise"),
          List.of(DATAPLANE + ".wire"));

  /// The packages that packets walk through.
  private static final List<String> HOT =
      List.of(
          DATAPLANE + ".path",
          DATAPLANE + ".offload",
          DATAPLANE + ".session",
          DATAPLANE + ".route");

  /// Packages of the design that nobody has written yet. A rule over one of these holds of nothing;
  /// the day its first class lands, [#packagesOfTheDesign_areThereOrNamedAsPending] asks for the
  /// line here to go, and from then on for the package to stay.
  private static final Set<String> PENDING = Set.of();

  /// Packages of the design beside [#LAYERS] that rules speak of.
  private static final Set<String> DESIGN =
      Set.of(
          OS,
          OS + ".internal",
          OS + ".crypto",
          OS + ".net",
          OS + ".poll",
          OS + ".tun",
          OS + ".udp",
          DATAPLANE + ".uapi",
          CONTROL + ".command");

  private static final JavaClasses PRODUCT =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(OS, DATAPLANE, CONTROL);

  @Test
  void packagesOfTheDesign_areThereOrNamedAsPending() {
    Set<String> design = new TreeSet<>(DESIGN);
    LAYERS.forEach(design::addAll);
    Set<String> missing = new TreeSet<>(design);
    missing.removeIf(PRODUCT::containPackage);

    assertThat(missing)
        .as("packages that nobody has written; one that is there now has to go from PENDING")
        .containsExactlyInAnyOrderElementsOf(PENDING);
  }

  @Test
  void modules_dependOneWay() {
    check(
        noClasses()
            .that()
            .resideInAPackage(OS + "..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(DATAPLANE + "..", CONTROL + ".."));
    check(
        noClasses()
            .that()
            .resideInAPackage(DATAPLANE + "..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage(CONTROL + ".."));
  }

  @Test
  void dataplaneLayers_dependDownward() {
    for (int i = 0; i < LAYERS.size(); i++) {
      for (String subject : LAYERS.get(i)) {
        List<String> forbidden = new ArrayList<>();
        LAYERS.subList(0, i + 1).stream()
            .flatMap(List::stream)
            .filter(other -> !other.equals(subject))
            .forEach(forbidden::add);
        if (!forbidden.isEmpty()) {
          check(
              noClasses()
                  .that()
                  .resideInAPackage(subject)
                  .should()
                  .dependOnClassesThat()
                  .resideInAnyPackage(forbidden.toArray(String[]::new))
                  .allowEmptyShould(PENDING.contains(subject)));
        }
      }
    }
  }

  /// What allocates, lays out and links native memory is inside `io.wiregate.os` alone. A segment
  /// may be handed on: it is what `NativeBuffer.segment` returns for the standard library's
  /// methods.
  @Test
  void foreignMemory_staysInNativeBindings() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage(OS + "..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("java.lang.foreign..")
                    .and(not(equivalentTo(MemorySegment.class)))
                    .as("are of java.lang.foreign: use NativeBuffer")));
  }

  /// Nor do they leave it through a signature, but for the one way out, `NativeBuffer.segment`.
  @Test
  void foreignMemory_isInNoPublicSignature() {
    DescribedPredicate<JavaClass> exported =
        resideInAPackage(OS + "..")
            .and(not(resideInAPackage(OS + ".internal..")))
            .and(
                DescribedPredicate.describe(
                    "are public", type -> type.getModifiers().contains(JavaModifier.PUBLIC)));
    check(
        methods()
            .that()
            .areDeclaredInClassesThat(exported)
            .and()
            .arePublic()
            .and(
                DescribedPredicate.describe(
                    "are not NativeBuffer.segment",
                    method ->
                        !(method.getOwner().isEquivalentTo(NativeBuffer.class)
                            && method.getName().equals("segment"))))
            .should()
            .notHaveRawReturnType(resideInAPackage("java.lang.foreign.."))
            .andShould()
            .notHaveRawParameterTypes(
                DescribedPredicate.describe(
                    "with one of java.lang.foreign",
                    types ->
                        types.stream()
                            .anyMatch(
                                type -> type.getPackageName().startsWith("java.lang.foreign")))));
  }

  /// What would allocate, lock, log or read the wall clock has no place where packets walk.
  @Test
  void packetWalk_hasNoLoggersClocksFormatsOrStreams() {
    for (String name : HOT) {
      boolean pending = PENDING.contains(name);
      check(
          noClasses()
              .that()
              .resideInAPackage(name + "..")
              .should()
              .dependOnClassesThat(
                  resideInAnyPackage(
                      "java.util.logging..",
                      "org.slf4j..",
                      "java.time..",
                      "java.util.stream..",
                      "java.text.."))
              .orShould()
              .dependOnClassesThat()
              .areAssignableTo(System.Logger.class)
              .orShould()
              .callMethodWhere(
                  DescribedPredicate.describe(
                      "String.format, formatted or System.currentTimeMillis is called",
                      call ->
                          call.getTargetOwner().isEquivalentTo(String.class)
                              ? Set.of("format", "formatted").contains(call.getName())
                              : call.getName().equals("currentTimeMillis")))
              .allowEmptyShould(pending));
    }
  }

  /// The handshake does no input or output: bytes and times are its arguments.
  @Test
  void noise_doesNoInputOrOutput() {
    check(
        noClasses()
            .that()
            .resideInAPackage(DATAPLANE + ".noise..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                OS + ".tun..", OS + ".udp..", OS + ".poll..", "java.net..", "java.io.."));
  }

  private static void check(ArchRule rule) {
    rule.check(PRODUCT);
  }
}
