"""What `source new` writes below a dataset that a person still has to adapt: columns and rows of a list, questions.

Data flow: what the files are about -> name of the dataset, its columns and rows with {scope} for the code.
"""

NAMES: dict[str, str] = {"edition": "participantes", "event": "asistencia", "survey": "respuestas"}
"""How a dataset without a preset is called."""

_COLUMNS = """\
    columns:  # encabezados como están en el archivo; no importan mayúsculas ni acentos
      nombre: {headings: [Nombre, Nombre completo]}
      correo: {headings: [Correo electrónico, Correo, E-mail]}
"""

TEMPLATES: dict[str, str] = {
    "edition": _COLUMNS
    + """\
      inscripcion:
        headings: [Fecha de inscripción]
        required: false
        type: instant
        formats: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
      constancia:
        headings: [Constancia, Certificado]
        required: false
        type: instant
        formats: ["%d/%m/%Y %H:%M", "%d/%m/%Y"]
    rows:  # en qué se convierte cada fila
      - entity: account
        fields: {email: correo, kind: {value: learner}}
      - entity: account_identity
        fields: {full_name: nombre, email: correo}
      - entity: enrolment
        fields:
          email: correo
          edition: {value: {scope}}
          role: {value: student}
          active: {value: "true"}
          suspended: {value: "false"}
          enrolled_at: inscripcion
      - entity: certificate
        fields:
          email: correo
          edition: {value: {scope}}
          state: {column: constancia, filled: obtained, blank: not_obtained}
          obtained_at: constancia
""",
    "event": _COLUMNS
    + """\
      institucion: {headings: [Institución, Dependencia], required: false}
      hora:
        headings: [Hora de registro, Hora]
        required: false
        type: instant
        formats: ["%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"]
    rows:  # en qué se convierte cada fila
      - entity: account
        fields: {email: correo, kind: {value: attendee}, institution: institucion}
      - entity: account_identity
        fields: {full_name: nombre, email: correo}
      - entity: attendance
        fields: {email: correo, event: {value: {scope}}, registered_at: hora, institution: institucion}
""",
    "survey": _COLUMNS.replace("nombre: {headings: [Nombre, Nombre completo]}", "id: {headings: [ID, Número]}")
    + """\
      envio:
        headings: [Fecha de envío, Marca temporal]
        type: instant
        formats: ["%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M"]
      p01: {headings: ["Escriba aquí el texto de la pregunta 1"]}
    rows:  # en qué se convierte cada fila
      - entity: account
        fields: {local_id: id, kind: {value: respondent}}
      - entity: account_identity
        fields: {local_id: id, email: correo}
      - entity: response
        fields:
          local_id: id
          survey: {value: {scope}}
          response_id: id
          complete: {value: "true"}
          submitted_at: envio
      - entity: answer
        when: p01
        fields: {local_id: id, survey: {value: {scope}}, response_id: id, question: {value: P01}, value: p01}
""",
}
"""What stands for a preset: a small list of columns and rows that the specialist adapts."""

QUESTIONS = """\
    # questions:  # una por pregunta; quite # y escriba las suyas, o use source new con --sample ARCHIVO
    #   - question: P01
    #     headings: ["¿Qué tan satisfecha está con el curso?"]  # como está en el archivo
    #     type: choice  # o choices, ranking, number, date, text, file
    #     options:
    #       - {code: 1, label: Poco satisfecha}
    #       - {code: 2, label: Muy satisfecha}
"""
"""What stands for the questions where there is no sample."""
